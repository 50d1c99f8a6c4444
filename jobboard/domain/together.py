"""Publishing several at once (まとめて掲載): those in which there is nothing to look at. Each is published in its own right."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import from_json
from jobboard.base.errors import BoardError
from jobboard.base.states import State
from jobboard.domain import drafting, moderation, permissions, prefectures, reviewers, wished
from jobboard.domain.findings import Findings, findings
from jobboard.domain.meanwhile import meanwhile
from jobboard.domain.review_queue import Item
from jobboard.models import Account, Posting, Version

MOST = 100
"""Postings published at once: more than a page of the queue has."""

OWN = "自分が依頼した募集は、自分では掲載できません。"


@dataclass(frozen=True)
class Candidate:
    """A version that was chosen; ``obstacle``: why it is not published together with others, empty where nothing stands in the way.

    ``at``: the 掲載希望日時 at which it will appear, None for at once.
    """

    posting: Posting
    version: Version
    obstacle: str
    at: datetime | None

    @property
    def title(self) -> str:
        """The title that the version bears."""
        return drafting.title_of_version(self.version)


def candidates(session: Session, version_ids: Collection[int], *, by: Account, now: datetime) -> list[Candidate]:
    """The versions of these numbers that were ever sent in to the ministry, the oldest first, each with what stands in the way."""
    chosen = select(Posting, Version).join(Version, Version.posting_id == Posting.id).where(Version.id.in_(version_ids))
    rows = session.execute(chosen.order_by(Version.created_at, Version.id)).unique().all()
    here = reviewers.others(session, [posting.id for posting, _ in rows], by=by, now=now)
    return [
        Candidate(
            posting, version, _obstacle(session, posting, version, here.get(posting.id, []), by, now), _at(posting, version, now)
        )
        for posting, version in rows
    ]


def publish(
    session: Session, version_ids: Collection[int], *, by: Account, now: datetime
) -> tuple[list[Posting], list[Candidate]]:
    """掲載する, each that nothing stands in the way of. Returns the postings published, and what was left out with its reason.

    All are locked before the first is published, in one order: publishing also locks the board, for which others wait who
    hold one of these postings.
    """
    held = select(Posting).join(Version, Version.posting_id == Posting.id).where(Version.id.in_(version_ids))
    session.scalars(held.order_by(Posting.id).with_for_update(of=Posting).execution_options(populate_existing=True)).all()
    done, left = [], []
    for one in candidates(session, version_ids, by=by, now=now):
        obstacle = one.obstacle or _try(session, one, by=by, now=now)
        if obstacle:
            left.append(replace(one, obstacle=obstacle))
        else:
            done.append(one.posting)
    return done, left


def _try(session: Session, one: Candidate, *, by: Account, now: datetime) -> str:
    """Publishes it, or says why not and leaves nothing of it."""
    try:
        with session.begin_nested():
            moderation.publish(session, one.posting, version_id=one.version.id, by=by, now=now, at=one.at)
    except BoardError:
        return "いまは掲載できません。募集の画面で確かめてください。"
    return ""


def _at(posting: Posting, version: Version, now: datetime) -> datetime | None:
    return None if posting.current_id is not None else wished.wished_at(from_json(version.content), now)


def obstacle(item: Item, found: Findings, here: Sequence[str], *, by: Account) -> str:
    """The same for something that waits, by what is at hand: the queue offers a box to tick where there is none."""
    return _own(item.posting, by) or _found(found) or _others(item.holder, here, by)


def _obstacle(
    session: Session, posting: Posting, version: Version, here: Sequence[str], by: Account, now: datetime
) -> str:
    if posting.pending_id != version.id or posting.state is State.APPROVED:
        return _gone(session, posting, version)
    if prefectures.holds(session, posting):
        return f"{posting.municipality.prefecture}の進達を待っています。"
    found = findings(posting, version, now=now)
    return _own(posting, by) or _found(found) or _others(reviewers.holder(session, posting), here, by)


def _gone(session: Session, posting: Posting, version: Version) -> str:
    """It waits no more: the last thing that happened to it."""
    acts = meanwhile(session, posting, version.id).acts
    if posting.pending_id not in (None, version.id):
        return "選んだあとに、内容が変わりました。"
    return f"{acts[-1].who}が{acts[-1].what}。" if acts else "もう掲載を待っていません。"


def _own(posting: Posting, by: Account) -> str:
    return "" if permissions.allowed(by, "posting:publish", posting) else OWN


def _found(found: Findings) -> str:
    if found.gaps:
        return f"法令などに必要な事項が欠けています({len(found.gaps)}か所)。"
    if found.warnings:
        return f"確かめたいところがあります({len(found.warnings)}か所)。"
    return f"市区町村が理由を書いたところがあります({len(found.overruled)}か所)。" if found.overruled else ""


def _others(holder: Account | None, here: Sequence[str], by: Account) -> str:
    if holder is not None and holder.id != by.id:
        return f"{holder.name}さんが担当しています。"
    return f"{'、'.join(f'{name}さん' for name in here)}が、いま見ています。" if here else ""
