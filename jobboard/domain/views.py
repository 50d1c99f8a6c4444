"""How often the page of a posting was opened: a number a day and nothing of who opened it."""

import re
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.domain import sets
from jobboard.models import ViewDay

_PROGRAMS = re.compile(
    r"bot|crawl|spider|slurp|archiver|preview|fetch|monitor|uptime|lighthouse|pagespeed|facebookexternalhit|embedly|whatsapp"
    r"|hatena|mediapartners|bingpreview|python|curl|wget|java/|go-http|okhttp|libwww|httpclient|axios|node",
    re.IGNORECASE,
)
"""What programs that read pages call themselves. Most do not run scripts, and so say nothing anyway."""


def is_program(user_agent: str) -> bool:
    """Whether a browser's name is none, or that of a program that nobody looks at pages with."""
    return not user_agent.strip() or _PROGRAMS.search(user_agent) is not None


def count(session: Session, posting_id: int, *, now: datetime) -> None:
    """One view more on this day in Japan."""
    insert = sqlite.insert if sets.is_sqlite(session) else postgresql.insert
    one = insert(ViewDay).values(posting_id=posting_id, on=japan_date(now), views=1)
    again = one.on_conflict_do_update(
        index_elements=[ViewDay.posting_id, ViewDay.on], set_={"views": ViewDay.views + 1}
    )
    session.execute(again)
