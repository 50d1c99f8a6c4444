"""Between the municipality and the public: sending in, recalling, publishing, asking for correction."""

from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import Content, from_json
from jobboard.base.errors import Incomplete, NotPermitted, Problem, WrongState
from jobboard.base.fields import FieldType
from jobboard.base.states import EventKind, Holder, State, VersionState
from jobboard.domain import (
    agreements,
    attached,
    audit,
    changes,
    completeness,
    prefectures,
    reviewers,
    unsent_questions,
    wished,
)
from jobboard.domain.publication import Action, lock, move
from jobboard.domain.versions import new_version, show
from jobboard.models import Account, Posting, Remark, Version

SLIP = 0.7
"""How alike old and new text must be to count as the correction of a slip (difflib ratio)."""


def submit(
    session: Session, posting: Posting, *, by: Account | None, now: datetime, summary: str = "", silent: bool = False
) -> Version:
    """Sends the draft in. Raises ``Incomplete`` with every gap; the draft itself is never touched.

    A posting that was never public waits for 掲載確認. A change of a public one takes effect at once where each changed
    field may (事後確認), and waits as the pending version where not. ``silent`` is the correction of a slip: text only,
    at once, told to nobody. Raises ``WrongState`` while the prefecture writes the draft.
    """
    lock(session, posting)
    if posting.held_by is Holder.PREFECTURE:
        raise WrongState(str(posting.state), str(Action.SUBMIT))
    content, found = completeness.read_applying(posting.draft)
    unreadable = {problem.field for problem in found}
    gaps = [gap for gap in completeness.problems(content, now=now) if gap.field not in unreadable]
    gaps += agreements.problems(session, posting.municipality, content)
    if posting.state is not State.PUBLISHED:
        gaps += wished.problems(content, now=now)
    if found or gaps:
        raise Incomplete([*found, *gaps])
    unsent_questions.take_back_of(session, posting, "市区町村が掲載を依頼したので、取りやめました", now=now)
    if posting.state is State.PUBLISHED:
        return _change(session, posting, content, summary=summary, silent=silent, by=by, now=now)
    move(session, posting, Action.SUBMIT, by=by, now=now)
    version = new_version(session, posting, content, by=by, now=now)
    version.change_summary = summary
    _wait(session, posting, version, by=by, now=now)
    return version


def _wait(session: Session, posting: Posting, version: Version, *, by: Account | None, now: datetime) -> None:
    if posting.pending is not None:
        posting.pending.state = VersionState.RECALLED
    posting.pending = version
    version.through_prefecture = prefectures.goes_through(session, posting.municipality.pref_code)
    posting.submitted_at, posting.submitted_by_id = now, by.id if by else None
    agreements.ask(session, posting, from_json(version.content), by=by, now=now)
    session.flush()


def _change(
    session: Session, posting: Posting, content: Content, *, summary: str, silent: bool, by: Account | None, now: datetime
) -> Version:
    if posting.current is None or posting.pending is not None:
        raise WrongState(str(posting.state), "amend")
    old = from_json(posting.current.content)
    files = attached.difference(session, posting)
    differing = [*changes.difference(old, content), *files]
    _refuse_poor_change(differing, summary, silent)
    version = new_version(session, posting, content, by=by, now=now)
    version.change_summary = summary
    audit.record(
        session, "posting:correct" if silent else "posting:amend", "posting", posting.id, by=by, now=now,
        version=version.id, fields=[change.field.name for change in differing],
    )
    if silent or (changes.takes_effect_at_once(old, content) and not files):
        version.at_once = True
        kind = changes.kind_of(old, content) or EventKind.AMENDED
        material = not silent and changes.is_material(differing)
        show(session, posting, version, kind, by=by, now=now, material=material)
    else:
        _wait(session, posting, version, by=by, now=now)
    return version


def _refuse_poor_change(differing: list[changes.Change], summary: str, silent: bool) -> None:
    if not differing:
        raise Incomplete([Problem("change_summary", "変更した項目がありません。内容を変更してから送ってください。")])
    if silent:
        wrong = [change for change in differing if not _is_slip(change)]
        if wrong:
            labels = "、".join(change.label for change in wrong)
            raise Incomplete(
                [Problem("silent", f"誤字の訂正として送れるのは、文章の小さな直しだけです({labels})。選択を外してください。")]
            )
    elif not summary.strip():
        raise Incomplete([Problem("change_summary", "何を変えたかを一文で書いてください。メールとフィードに載ります。")])


def _is_slip(change: changes.Change) -> bool:
    textual = change.field.type in (FieldType.TEXT, FieldType.LONG_TEXT) and change.field is not attached.FILES
    return textual and is_slip(change.old, change.new)


def is_slip(old: str, new: str) -> bool:
    """Whether the two are so alike that one corrects a slip in the other."""
    return SequenceMatcher(None, old, new, autojunk=False).ratio() >= SLIP


def recall(session: Session, posting: Posting, *, by: Account | None, now: datetime) -> None:
    """The editor takes back what waits; the draft can be changed again."""
    lock(session, posting)
    if posting.pending is None or posting.state is State.APPROVED:
        raise WrongState(str(posting.state), str(Action.RECALL))
    posting.pending.state = VersionState.RECALLED
    posting.pending = None
    if posting.state is State.PUBLISHED:
        audit.record(session, "posting:recall", "posting", posting.id, by=by, now=now)
    else:
        move(session, posting, Action.RECALL, by=by, now=now)
    session.flush()


def publish(
    session: Session, posting: Posting, *, version_id: int, by: Account, now: datetime, at: datetime | None = None
) -> Version:
    """掲載する: shows the version that the moderator looked at; ``at`` in the future makes it 掲載予定 instead.

    Raises ``WrongState`` when another version waits by now, ``NotPermitted`` for a submission of one's own, ``Incomplete``
    when time has overtaken it (its deadline has passed).
    """
    lock(session, posting)
    version = _waiting(posting, version_id, Action.PUBLISH)
    if prefectures.holds(session, posting):
        raise WrongState(str(posting.state), str(Action.PUBLISH))
    if by.id in (version.created_by_id, posting.draft_by_id):
        raise NotPermitted
    content = from_json(version.content)
    late = [gap for gap in completeness.problems(content, now=at or now) if gap.field in ("apply_by", "review_on")]
    if late:
        raise Incomplete(late)
    version.published_by_id = by.id
    reviewers.release(session, posting, by=by)
    if posting.state is State.PUBLISHED and posting.current is not None:
        return _publish_change(session, posting, version, content, by=by, now=now)
    if at is not None and at > now:
        move(session, posting, Action.APPROVE, by=by, now=now)
        posting.scheduled_at = at
        session.flush()
        return version
    move(session, posting, Action.PUBLISH, by=by, now=now)
    show(session, posting, version, EventKind.PUBLISHED, by=by, now=now)
    return version


def _publish_change(
    session: Session, posting: Posting, version: Version, content: Content, *, by: Account, now: datetime
) -> Version:
    old = from_json(posting.current.content) if posting.current else content
    content = agreements.shown(session, posting, content)
    differing = changes.difference(old, content)
    audit.record(session, "posting:publish", "posting", posting.id, by=by, now=now, version=version.id)
    kind = changes.kind_of(old, content) or EventKind.AMENDED
    if old.is_link_only:  # only now can it meet what readers look for, and there is nothing that they could compare
        kind = EventKind.PUBLISHED
    show(session, posting, version, kind, by=by, now=now, material=changes.is_material(differing))
    return version


def _waiting(posting: Posting, version_id: int, action: Action) -> Version:
    if posting.pending is None or posting.pending.id != version_id or posting.state is State.APPROVED:
        raise WrongState(str(posting.state), str(action))
    return posting.pending


def ask_correction(
    session: Session,
    posting: Posting,
    *,
    version_id: int,
    remarks: list[tuple[str, str]],
    by: Account,
    now: datetime,
    at_prefecture: bool = False,
) -> None:
    """修正を依頼する: gives the version back with remarks (field name or "", text); at least one is needed.

    ``at_prefecture``: asked by the prefecture, before it sends the version on. Each may ask only while it waits there.
    """
    lock(session, posting)
    version = _waiting(posting, version_id, Action.RETURN)
    if prefectures.holds(session, posting) is not at_prefecture:
        raise WrongState(str(posting.state), str(Action.RETURN))
    written = [(field, text.strip()) for field, text in remarks if text.strip()]
    if not written:
        raise Incomplete([Problem("reason", "何を直してほしいかを書いてください。")])
    version.state = VersionState.RETURNED
    posting.pending = None
    reviewers.release(session, posting, by=by)
    session.add_all(
        Remark(version_id=version.id, field=field, text=text, written_at=now, written_by_id=by.id) for field, text in written
    )
    if posting.state is State.PUBLISHED:
        audit.record(session, "posting:return", "posting", posting.id, by=by, now=now, version=version.id)
    else:
        move(session, posting, Action.RETURN, by=by, now=now)
    session.flush()


def remarks(session: Session, posting: Posting) -> list[Remark]:
    """The remarks on the version given back last, while nothing was sent in or published since."""
    last = session.scalars(
        select(Version).where(Version.posting_id == posting.id).order_by(Version.id.desc()).limit(1)
    ).first()
    if last is None or last.state is not VersionState.RETURNED:
        return []
    return list(session.scalars(select(Remark).where(Remark.version_id == last.id).order_by(Remark.id)))
