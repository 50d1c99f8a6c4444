"""The figures of the ministry's mail page, and the two of its tables that are files."""

import codecs
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from jobboard.base.clock import in_japan
from jobboard.base.states import Bounce
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import mail_flow, mail_health, overview
from jobboard.domain.mail_flow import Domain, Hour
from jobboard.domain.mail_health import Signs
from jobboard.web import workers
from jobboard.web.signing_in import staff
from jobboard.web.table import Encoding, sheet
from jobboard.web.transaction import now

HEADS_OF_HOURS = ("時間(日本時間、この時刻から1時間)", "送信(通)", "送信失敗(通)", "戻ってきた(通)")
HEADS_OF_DOMAINS = ("ドメイン", "人数", "宛先がない(通)", "一時的に届かない(通)")
SERIES = (("sent", "送信"), ("failed", "送信失敗"), ("returned", "戻ってきた"))


def figures(session: Session, config: Config) -> dict[str, Any]:
    """What the page shows of how the mail does: its state in one word, the counts, and the machinery behind them."""
    mail, hours = overview.overview(session, now=now()), mail_flow.hours(session, now=now())
    alive = workers.alive(config.instance_dir)
    maildir = workers.maildir(config.bounce_maildir) if config.bounce_maildir else None
    last = mail_flow.last_settled(session)
    signs = Signs(
        mail.board.mail_stopped_at, mail.hold is not None, None if alive is None else len(alive), mail.oldest_seconds, last,
        mail.sent, mail.failed, mail.returned, maildir.since if maildir else None, bool(maildir and maildir.is_missing),
    )  # fmt: skip
    return {
        "mail": mail,
        "verdict": mail_health.judge(signs, now=now()),
        "queue": [(one, int((now() - one.since).total_seconds()) // 60) for one in mail_flow.queue(session, now=now())],
        "looked_at": mail_flow.LOOKED_AT,
        "hours": [(_hour(one), one) for one in hours],
        "charts": [(name, label, *_chart(hours, name, label)) for name, label in SERIES],
        "bounced": mail_flow.domains(session, now=now()),
        "bounce_days": mail_flow.BOUNCES_OF.days,
        "alive": alive,
        "leases": mail_flow.leases(session),
        "maildir": maildir,
        "last_settled": last,
        "last_returned": mail_flow.last_returned(session),
        "known_at": now(),
    }


def _hour(one: Hour) -> str:
    at = in_japan(one.begins)
    return f"{at.month}月{at.day}日 {at.hour}時台"


def _chart(hours: Sequence[Hour], name: str, label: str) -> tuple[str, list[tuple[str, int]]]:
    """What the bars say in words, and the bars: the hour of the day, and how many."""
    counts = [getattr(one, name) for one in hours]
    most = max(counts)
    told = f"48時間に{sum(counts):,}通。最も多いのは{_hour(hours[counts.index(most)])}の{most:,}通。" if most else "48時間に1通もありません。"
    return f"1時間ごとの{label}の数。{told}", [
        (f"{in_japan(one.begins).hour}時", count) for one, count in zip(hours, counts, strict=True)
    ]


@staff("mail:read")
def hours_file() -> ResponseReturnValue:
    found = mail_flow.hours(db.session(), now=now())
    rows = ((f"{in_japan(one.begins):%Y-%m-%d %H:%M}", *map(str, (one.sent, one.failed, one.returned))) for one in found)
    return _file("mail-hours", HEADS_OF_HOURS, rows)


@staff("mail:read")
def domains_file() -> ResponseReturnValue:
    return _file("mail-domains", HEADS_OF_DOMAINS, (_cells(one) for one in mail_flow.domains(db.session(), now=now())))


def _cells(one: Domain) -> list[str]:
    """A domain's row; of fewer than five people nothing but that."""
    if not one.is_told:
        return [one.name, f"{mail_flow.FEWEST}人未満", "", ""]
    return [one.name, str(len(one.people)), *(str(one.mails[bounce]) for bounce in (Bounce.HARD, Bounce.SOFT))]


def _file(name: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Response:
    content = codecs.BOM_UTF8 + sheet([heads, *rows], Encoding.UTF_8)
    answer = Response(content, content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{in_japan(now()):%Y%m%d-%H%M}.csv"'
    return answer


ROUTES: tuple[tuple[str, str, Callable[[], ResponseReturnValue]], ...] = (
    ("/hours.csv", "hours_file", hours_file),
    ("/domains.csv", "domains_file", domains_file),
)


def add_to(blueprint: Blueprint) -> None:
    """Adds the files to the blueprint of the mail page."""
    for rule, endpoint, view in ROUTES:
        blueprint.add_url_rule(rule, endpoint, view)
