"""正常・注意・停止: what the counts of the mail mean, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobboard.base.choice import Choice
from jobboard.domain.condition import STUCK_SECONDS

MANY = 0.05
"""More than this share of a day's mails that fail or come back endangers that the others arrive: big receivers count so."""

FEW = 5
"""So many a day are no sign of anything."""

_SYSTEM = "システムの管理者(サーバーの設定をする人)"

UNREAD = timedelta(minutes=15)
"""The worker reads what came back every minute."""


class Health(Choice):
    """How the mail does, in one word."""

    GOOD = "good", "正常"
    CARE = "care", "注意"
    STOPPED = "stopped", "停止"


@dataclass(frozen=True)
class Signs:
    """What is known. ``workers``: those that live on this machine; None when none ever ran here. Counts are of 24 hours.

    ``oldest_seconds``: how long the oldest mail that is due has waited. ``unread_since``: when the oldest mail came that nobody
    has read in the Maildir of what comes back; ``maildir_is_missing``: it is set and not there.
    """

    stopped_at: datetime | None
    is_held: bool
    workers: int | None
    oldest_seconds: int
    last_settled: datetime | None
    sent: int
    failed: int
    returned: int
    unread_since: datetime | None
    maildir_is_missing: bool


@dataclass(frozen=True)
class Verdict:
    """``what`` in words, with what to do; none of ``reasons`` when all is well."""

    health: Health
    reasons: tuple[str, ...]


def judge(signs: Signs, *, now: datetime) -> Verdict:
    """The worst that is found, and everything that is found."""
    found = list(_found(signs, now))
    if not found:
        return Verdict(Health.GOOD, ())
    worst = Health.STOPPED if any(health is Health.STOPPED for health, _ in found) else Health.CARE
    return Verdict(worst, tuple(words for _, words in found))


def _found(signs: Signs, now: datetime) -> Iterator[tuple[Health, str]]:
    if signs.stopped_at is not None:
        yield Health.STOPPED, "管理者が、すべての送信を止めています。理由がなくなったら、管理者が「送信を再開する」を押してください。"
    if signs.workers == 0:
        yield Health.STOPPED, f"このサーバーで、ワーカーが動いていません。{_SYSTEM}に、ワーカー(jobboard work)を起動してもらってください。"
    if signs.stopped_at is None and signs.oldest_seconds >= STUCK_SECONDS:
        yield _waits_long(signs, now)
    if signs.is_held:
        yield Health.CARE, "お知らせを保留しています。下の「お知らせを保留しています」で中身を確かめ、送るか、送らないかを決めてください。"
    settled = signs.sent + signs.failed
    if signs.failed > FEW and signs.failed > MANY * settled:
        yield Health.CARE, "24時間に送信失敗が5%を超えました。下の「送れなかったメール」で、サーバーの答えを確かめてください。"
    if signs.returned > FEW and signs.returned > MANY * signs.sent:
        yield Health.CARE, "24時間に戻ってきたメールが5%を超えました。下の「戻ってきたメール(ドメインごと)」で、偏りを確かめてください。"
    yield from _of_maildir(signs, now)


def _of_maildir(signs: Signs, now: datetime) -> Iterator[tuple[Health, str]]:
    if signs.maildir_is_missing:
        yield Health.CARE, f"戻ってきたメールの受け口(Maildir)がありません。{_SYSTEM}に確かめてもらってください。"
    elif signs.unread_since is not None and now - signs.unread_since > UNREAD:
        yield Health.CARE, f"戻ってきたメールが、15分より長く読まれていません。ワーカーが動いているか、{_SYSTEM}に確かめてもらってください。"


def _waits_long(signs: Signs, now: datetime) -> tuple[Health, str]:
    minutes = signs.oldest_seconds // 60
    if signs.last_settled is not None and (now - signs.last_settled).total_seconds() < STUCK_SECONDS:
        return Health.CARE, f"送っていますが、{minutes:,}分待っているメールがあります。数が多いだけなら、待てば送り終わります。"
    return Health.STOPPED, (
        f"{minutes:,}分待っているメールがあり、15分のあいだ1通も送れていません。{_SYSTEM}に、ワーカーと送信のサーバーを確かめて"
        "もらってください(jobboard check、jobboard check --mail)。"
    )
