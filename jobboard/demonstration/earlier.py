"""The year before: some calls that were over then, told by the same stories a year earlier, so that figures have a term before them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.demonstration import replaying
from jobboard.demonstration.content import Town
from jobboard.models import Account, Municipality

AGAIN = {
    "青葉市": "システム標準化プロジェクトマネージャー",
    "稲穂市": "CIO補佐官",
    "桜台区": "DX推進役",
    "潮見市": "戦略マネージャー(IT活用)",
    "若葉町": "オンデマンド交通のデータ分析アドバイザー",
    "星見村": "農業センサスの活用を助言する専門家",
    "雪野市": "CIO補佐官(庁内システムの最適化)",
}
"""By municipality the title of the story that is told twice."""

Acting = Sequence[tuple[Town, Municipality, Account]]


def tell(session: Session, acting: Acting, moderator: Account, *, now: datetime) -> None:
    """Tells them up to a year before ``now``."""
    leap = (now.month, now.day) == (2, 29)
    replaying.replay(session, _again(acting), moderator, now=now.replace(year=now.year - 1, day=28 if leap else now.day))


def _again(acting: Acting) -> Iterator[tuple[Town, Municipality, Account]]:
    for town, municipality, editor in acting:
        stories = tuple(
            replace(story, values={**story.values, "title": [f"{title}(前の年の募集)"]})
            for story in town.stories
            if (title := story.values["title"][0]) == AGAIN.get(town.name)
        )
        if stories:
            yield replace(town, stories=stories), municipality, editor
