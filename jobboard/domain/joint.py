"""Joint recruitment: one posting of several municipalities."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from jobboard.domain import listing


def names(session: Session, contents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Full name by code of every other municipality that these stored contents name; no query when they name none."""
    codes = {code for content in contents for code in content.get("co_municipalities", ())}
    return listing.names(session, sorted(codes))
