"""掲載希望日時: when the municipality would like its call to appear. The moderator schedules it; nobody else sees it."""

from datetime import datetime

from jobboard.base.content import Content
from jobboard.base.errors import Problem

FIELD = "publish_at"


def wished_at(content: Content, now: datetime) -> datetime | None:
    """The wish, while it can still be met."""
    at = content.instant(FIELD)
    return at if at is not None and at > now else None


def problems(content: Content, *, now: datetime) -> list[Problem]:
    """What is wrong with the wish of a call that was never public; a later change does not ask for it again."""
    at, deadline = content.instant(FIELD), content.instant("apply_by")
    if at is None:
        return []
    if at <= now:
        return [Problem(FIELD, "掲載希望日時は、今より後の日時にしてください。すぐに掲載してよいときは、空けておきます。")]
    if deadline is not None and at >= deadline:
        return [Problem(FIELD, "掲載希望日時は、応募締切より前にしてください。")]
    return []
