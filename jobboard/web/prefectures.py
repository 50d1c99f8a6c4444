"""The prefectures with their figures: a map of tiles on wide screens, a list by region for everybody else."""

import math
from collections.abc import Mapping
from urllib.parse import urlencode

from jobboard.base.codes import PREFECTURES
from jobboard.domain.counting import COUNTED
from jobboard.domain.describing import REGIONS

SHADES = 4
"""Steps of the map's colour above none; the number stands in each tile, the colour only helps."""

Tile = tuple[str, str, str, str, int]
"""(code, name without its ending, 県 or its like, how many, shade from 0)."""


def by_region(counts: Mapping[str, int]) -> list[tuple[str, str, list[Tile]]]:
    """(region, the query of the whole of it, its tiles by code)."""
    most = max(counts.values(), default=0)
    return [
        (region, urlencode([("pref", code) for code in codes]), [_tile(code, counts.get(code, 0), most) for code in codes])
        for region, codes in REGIONS.items()
    ]


def _tile(code: str, count: int, most: int) -> Tile:
    name = PREFECTURES[code]
    ending = "" if code == "01" else name[-1]
    return code, name.removesuffix(ending), ending, count_text(count), _shade(count, most)


def count_text(count: int) -> str:
    """12, or 1,000+ where counting stops."""
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"


def _shade(count: int, most: int) -> int:
    """By the root of the share: a prefecture with a quarter of what the fullest has is still told from an empty one."""
    return math.ceil(SHADES * math.sqrt(count / most)) if count else 0
