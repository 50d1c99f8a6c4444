"""What the demonstration has counted: searches of the list, mails of notices, and the dated rules of the grant.

Invented, and the same each time: two fiscal years of it, so that a term has one before it.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from jobboard.base.clock import fiscal_year, japan_date
from jobboard.base.vocabulary import Engagement, Role
from jobboard.domain import grants
from jobboard.domain.workdays import is_workday
from jobboard.models import Account, MailDay, SearchDay

SEARCHES = (
    ("cio補佐官", 3, False), ("副業", 2, False), ("リモート", 4, False), ("セキュリティ", 5, False), ("生成ai", 6, False),
    ("週1日", 9, False), ("地域おこし協力隊", 14, False), ("ドローン", 11, True), ("量子", 17, True), ("夜間のみ", 23, True),
    ("馬", 180, True),
)  # fmt: skip
"""Words, every how many days somebody asks for them, and whether nothing is found. The last ones are too rare to be shown."""

RULES = (
    "市区町村が、CIO補佐官等を、特別職非常勤職員として任用するか、個人に業務委託するもの(見本)。",
    "見本のための架空の文書です。実際の取扱いは、通知で確かめてください。",
)


def count(session: Session, *, by: Account, now: datetime) -> None:
    """Writes what was counted up to the day before ``now``, and the rules of both years."""
    today = japan_date(now)
    year = fiscal_year(today)
    days = [date(year - 1, 4, 1) + timedelta(days=number) for number in range((today - date(year - 1, 4, 1)).days)]
    session.execute(insert(MailDay), [{"on": day, "notices": 11 + day.toordinal() * 7 % 23} for day in days if is_workday(day)])
    session.execute(
        insert(SearchDay),
        [
            {"on": day, "words": words, "asked": asked, "found_nothing": asked if nothing else 0}
            for day in days
            for words, every, nothing in SEARCHES
            if day.toordinal() % every == 0 and (asked := 1 + day.day % 2)
        ],
    )
    for one in (year - 1, year):
        grants.write(
            session, None, year=str(one), roles=[Role.CIO_ADVISER], engagements=[Engagement.SPECIAL_PART_TIME, Engagement.CONTRACT_PERSON],
            wording=RULES[0], source=RULES[1], by=by, now=now,
        )  # fmt: skip
