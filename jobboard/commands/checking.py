"""The questions of `jobboard check`: each answered in one line, which says what to do where something is wrong."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Mapped, Session

from jobboard import heads
from jobboard.base.states import FixedPage, State
from jobboard.base.wording import japanese_instant
from jobboard.commands.backing_up import last_backup
from jobboard.commands.mail_dns import Finding
from jobboard.config import Config
from jobboard.domain import brake, condition, gathering, overdue, page_texts, strange, switch, verifying
from jobboard.domain.page_texts import Office
from jobboard.models import ChangeEvent, Match, Posting
from jobboard.setting_values import is_loopback

LEAST_FREE = 500 * 1024 * 1024
"""Octets that must be free where the site writes."""

BACKED_UP_WITHIN_DAYS = 8


@dataclass(frozen=True)
class Answer:
    """One question. ``wrong``: what is not as it should be, and what to do, in words; empty when all is well.

    ``grave``: it fails the check; otherwise it is only said. ``told``: what is to be known where all is well.
    """

    subject: str
    wrong: str = ""
    grave: bool = True
    told: str = ""

    @property
    def words(self) -> str:
        return self.wrong or self.told

    @property
    def level(self) -> str:
        return ("異常" if self.grave else "注意") if self.wrong else "良好"

    def line(self) -> str:
        return f"{self.level}  {self.subject}{': ' if self.words else ''}{self.words}"

    @classmethod
    def of(cls, finding: Finding) -> "Answer":
        """A finding about mail, where it is more than well."""
        return cls(finding.subject, "" if finding.level == "良好" else finding.words, finding.level == "異常")


def answers(session: Session, config: Config, now: datetime) -> Iterator[Answer]:
    """All of them, on a database that can be read."""
    yield Answer("データベース")
    yield _worker(session, now)
    yield from _mail(session, now)
    yield from _audit(session, config, now)
    yield from _work(session, now)
    yield from _promises(session, config, now)
    yield from _room(config)
    yield from _settings(session, config)
    yield from _backup(session, config, now)


def _worker(session: Session, now: datetime) -> Answer:
    """The sweep of every minute says that it began (``condition.beat``)."""
    seen, start = switch.state(session).swept_at, "jobboard run か jobboard work で動かしてください"
    if seen is None:
        return Answer("ワーカー", f"まだ一度も動いていません。{start}", grave=False)
    silent = (now - seen).total_seconds() >= condition.STUCK_SECONDS
    return Answer("ワーカー", f"{japanese_instant(seen)}から動いていません。{start}" if silent else "")


def _mail(session: Session, now: datetime) -> Iterator[Answer]:
    board, hold = switch.state(session), brake.open_hold(session)
    stopped, waiting = "", condition.measure(session, now).oldest_due_seconds
    if board.mail_stopped_at is not None:
        since, waiting = japanese_instant(board.mail_stopped_at), 0
        stopped = f"{since}から止めています(理由: {board.mail_stopped_for})。再開するには: jobboard mail start"
    yield Answer("メールの送信", stopped)
    yield _waited("送信待ちのメール", waiting, "ワーカーとメールサーバーを確かめてください: jobboard check --mail")
    held = ""
    if hold is not None:
        since = japanese_instant(hold.made_at)
        held = f"{hold.waiting:,}人へのお知らせが、{since}から掲載確認担当の確認を待っています。中身を見るには: jobboard mail hold"
    yield Answer("お知らせの保留", held)


def _audit(session: Session, config: Config, now: datetime) -> Iterator[Answer]:
    late, noticed = overdue.seals_late(session, now=now), strange.waiting(session)
    broken = strange.is_broken(session) or any(verifying.cut(session, heads.read(heads.file_of(config))))
    walked = switch.state(session).audit_walked_at
    when = f"{japanese_instant(walked)}に最後まで" if walked else "ワーカーはまだ最後までは"
    told = f"{when}{'調べ、合っていました' if walked else '調べていません'}。いま調べるには: jobboard audit verify"
    yield Answer("監査記録", "封と合わないところがあります。場所を見るには: jobboard audit verify" if broken else "", told=told)
    unsealed = f"1時間たっても封をしていない記録が{late:,}件あります。ワーカーを動かすか、jobboard seal を実行してください"
    yield Answer("監査記録の封", unsealed if late else "")
    told = f"だれも確かめていないことが{noticed:,}件あります。/ministry/audit で確かめてください"
    yield Answer("監査記録で確かめること", told if noticed else "")


def _work(session: Session, now: datetime) -> Iterator[Answer]:
    mend = "ワーカーを動かすか、手で進めてください: jobboard"
    unmatched = ChangeEvent.matched_at.is_(None)
    yield _waited("登録者と結びつける変更", _age(session, ChangeEvent.occurred_at, unmatched, now), f"{mend} match")
    due = 0 if brake.open_hold(session) else _age(session, Match.due_at, gathering.is_due(now), now)
    yield _waited("メールにまとめるお知らせ", due, f"{mend} digest")
    over = sa.and_(Posting.state == State.PUBLISHED, Posting.apply_by <= now)
    yield _waited("締切を過ぎた募集の終了", _age(session, Posting.apply_by, over, now), f"{mend} expire")


def _promises(session: Session, config: Config, now: datetime) -> Iterator[Answer]:
    """In a demonstration, whose people are invented, it is only said that they are late."""
    asked, reviews = overdue.corrections_late(session, now=now), overdue.reviews_late(session, now=now)
    answer = f"期限を過ぎた申出が{asked:,}件あります。/review/corrections で答えてください"
    yield Answer("訂正・削除の申出", answer if asked else "", grave=not config.demo)
    look = f"約束した期限を過ぎた依頼が{reviews:,}件あります。/review/ で確かめてください"
    yield Answer("掲載確認", look if reviews else "", grave=not config.demo)
    late = "2日以上、実行していません。ワーカーを動かすか、jobboard tidy を実行してください"
    yield Answer("保存期間の過ぎたものの削除", late if overdue.tidied_late(session, now=now) else "")


def _room(config: Config) -> Iterator[Answer]:
    """Free space of each disk that the site writes to."""
    url = make_url(config.database_url)
    database = [Path(url.database).parent] if url.drivername == "sqlite" and url.database else []
    disks: dict[int, tuple[Path, int]] = {}
    for folder in [config.instance_dir, config.upload_dir, *database]:
        there = next(one for one in (folder, *folder.parents) if one.exists())
        disks.setdefault(there.stat().st_dev, (folder, shutil.disk_usage(there).free))
    small = [f"{folder} の空きが{free // 1024**2:,}MBです" for folder, free in disks.values() if free < LEAST_FREE]
    yield Answer("空き容量", f"{'、'.join(small)}。要らないファイルを消すか、容量を増やしてください" if small else "")


def _settings(session: Session, config: Config) -> Iterator[Answer]:
    if config.demo:
        yield Answer("本番の設定(見本なので調べません)")
        return
    missing = _missing(session, config)
    if not config.secure and is_loopback(urlsplit(config.base_url).hostname or ""):
        said = "JOBBOARD_BASE_URL がこの機械の中のアドレスです。公開する前に、https:// で始まるアドレスと本番の設定(docs/settings.md)を決めてください"
        yield Answer("本番の設定", f"{said}{f'(まだないもの: {missing})' if missing else ''}", grave=False)
        return
    mend = "環境変数に指定して、動かし直してください(室の名前、連絡先、住所は /ministry/texts/office にも書けます)"
    yield Answer("本番の設定", f"{missing} がありません。{mend}" if missing else "")


def _missing(session: Session, config: Config) -> str:
    """What a public site needs and has neither as a setting nor among the office's own texts."""
    shown = page_texts.published(session).get(FixedPage.OFFICE)
    own = page_texts.read_office(shown.body) if shown and shown.body else Office()
    missing = {
        "JOBBOARD_SMTP_URL": config.smtp_url, "JOBBOARD_MAIL_POSTAL_ADDRESS": own.postal or config.mail_postal_address,
        "JOBBOARD_OFFICE": own.office or config.office, "JOBBOARD_CONTACT": own.contact or config.contact,
    }  # fmt: skip
    return "、".join(name for name, value in missing.items() if not value)


def _backup(session: Session, config: Config, now: datetime) -> Iterator[Answer]:
    """On SQLite; of PostgreSQL nobody here knows whether `pg_dump` runs."""
    if config.demo or make_url(config.database_url).drivername != "sqlite":
        return
    last = last_backup(session)
    if last is not None and (now - last).days < BACKED_UP_WITHIN_DAYS:
        yield Answer("控え")
        return
    since = f"最後の控えは{japanese_instant(last)}です" if last else "まだ控えを取っていません"
    yield Answer("控え", f"{since}。取るには: jobboard backup ファイル名(ほかの方法で取っていれば、することはありません)", grave=False)


def _waited(subject: str, seconds: int, mend: str) -> Answer:
    """The worker sweeps every minute; what waits much longer waits for a worker that is not there."""
    stuck = seconds >= condition.STUCK_SECONDS
    return Answer(subject, f"最も古いものは{seconds // 60:,}分前から待っています。{mend}" if stuck else "")


def _age(session: Session, instant: Mapped[Any], waiting: sa.ColumnElement[bool], now: datetime) -> int:
    """Seconds that the oldest of its kind has waited."""
    oldest = session.scalar(sa.select(sa.func.min(instant)).where(waiting))
    return int((now - oldest).total_seconds()) if oldest else 0
