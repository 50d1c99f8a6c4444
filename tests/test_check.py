"""`jobboard check`: each question fails when what it asks for fails, and says in a sentence what to do."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date, present
from jobboard.base.states import DeliveryKind, DeliveryState, Strange
from jobboard.commands import checking, opening
from jobboard.commands.checking import Answer
from jobboard.config import Config
from jobboard.domain import audit, condition, housekeeping, switch
from jobboard.models import Account, AuditNotice, ChangeEvent, Delivery, Hold, Posting
from jobboard.setting_values import SmtpRoute
from tests.cast import OPENING, Cast
from tests.mailroom import Mailroom
from tests.stories import asked_about, published, submitted
from tests.test_cli import Say, environ, say

__all__ = ["environ", "say"]

NOW = OPENING + timedelta(days=40)


class Deed(NamedTuple):
    """What goes wrong, which question sees it, and what its answer tells to do."""

    do: Callable[[Session, Cast], object]
    subject: str
    told: str


def notice(kind: Strange) -> AuditNotice:
    return AuditNotice(kind=kind, subject="all", day=japan_date(OPENING), entries=1, last_entry_id=0, noticed_at=OPENING)


def mail(session: Session) -> None:
    session.add(Delivery(
        kind=DeliveryKind.INVITATION, message_id="1", created_at=NOW - timedelta(hours=1), due_at=NOW - timedelta(hours=1),
        state=DeliveryState.QUEUED,
    ))  # fmt: skip


DEEDS = [
    Deed(lambda s, c: condition.beat(s, now=NOW - timedelta(minutes=15)), "ワーカー", "jobboard work"),
    Deed(lambda s, c: switch.stop(s, reason="入替え", by=None, now=NOW), "メールの送信", "jobboard mail start"),
    Deed(lambda s, c: mail(s), "送信待ちのメール", "jobboard check --mail"),
    Deed(lambda s, c: s.add(Hold(made_at=NOW, waiting=9, today=0, limit=8, last_match_id=0)), "お知らせの保留", "jobboard mail hold"),
    Deed(lambda s, c: s.add(notice(Strange.BROKEN_CHAIN)), "監査記録", "jobboard audit verify"),
    Deed(lambda s, c: s.add(notice(Strange.EXPORT)), "監査記録で確かめること", "/ministry/audit"),
    Deed(
        lambda s, c: audit.record(s, "posting:save", "posting", 1, by=None, now=NOW - timedelta(hours=1)),
        "監査記録の封", "jobboard seal",
    ),
    Deed(lambda s, c: s.execute(sa.update(ChangeEvent).values(matched_at=None)), "登録者と結びつける変更", "jobboard match"),
    Deed(lambda s, c: s.execute(sa.update(Posting).values(apply_by=NOW - timedelta(hours=1))), "締切を過ぎた募集の終了", "jobboard expire"),
    Deed(lambda s, c: asked_about(s, s.scalars(sa.select(Posting)).unique().all()[0]), "訂正・削除の申出", "/review/corrections"),
    Deed(lambda s, c: submitted(s, c, now=NOW - timedelta(days=20)), "掲載確認", "/review/"),
    Deed(
        lambda s, c: s.execute(sa.text("DELETE FROM audit_entry WHERE action = 'house:tidy'")),
        "保存期間の過ぎたものの削除", "jobboard tidy",
    ),
]  # fmt: skip


def found(session: Session, config: Config) -> dict[str, Answer]:
    return {one.subject: one for one in checking.answers(session, config, NOW)}


@pytest.mark.usefixtures("context")
def test_each_question_sees_what_is_wrong_and_says_what_to_do(mailroom: Mailroom, cast: Cast, config: Config) -> None:
    with mailroom.writing() as session:
        published(session, cast)
    mailroom.steps.match()
    mailroom.steps.seal()
    with mailroom.writing() as session:
        session.execute(sa.update(Posting).values(apply_by=NOW + timedelta(days=9)))
        condition.beat(session, now=NOW)
        housekeeping.note(session, {}, by=None, now=NOW - timedelta(hours=2))
    mailroom.steps.seal()
    with Session(mailroom.steps.engine) as session:
        well = found(session, config)
        assert {one.level for one in well.values()} <= {"良好", "注意"}, well
        for deed in DEEDS:
            assert (well[deed.subject].level, well[deed.subject].wrong) == ("良好", "")
            deed.do(session, cast)
            session.flush()
            now = found(session, config)
            assert now[deed.subject].level == "異常" and deed.told in now[deed.subject].wrong, deed.subject
            session.rollback()
        session.execute(sa.update(Account).values(last_signed_in_at=None))
        session.execute(sa.text("UPDATE board SET swept_at = NULL"))
        assert found(session, config)["ワーカー"].level == "注意", "a site that was never started has lost nothing"


@pytest.mark.usefixtures("context")
def test_the_disk_is_looked_at(mailroom: Mailroom, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(mailroom.steps.engine) as session:
        assert found(session, config)["空き容量"].level == "良好"
        monkeypatch.setattr(checking, "LEAST_FREE", 2**60)
        full = found(session, config)["空き容量"]
        assert full.level == "異常" and str(config.instance_dir) in full.wrong and "増やしてください" in full.wrong


@pytest.mark.usefixtures("context")
def test_what_a_public_site_must_have_is_named(mailroom: Mailroom, config: Config) -> None:
    public = replace(config, base_url="https://jobs.example.go.jp")
    route = SmtpRoute("mail.example", 25, None, None, "off", False, 10)
    ready = replace(public, smtp_url=route, mail_folder=None, office="室", contact="a@example.go.jp", mail_postal_address="東京都")
    with Session(mailroom.steps.engine) as session:
        trial = found(session, replace(config, office=""))["本番の設定"]
        assert trial.level == "注意" and "JOBBOARD_OFFICE、JOBBOARD_CONTACT" in trial.wrong, "a trial on this machine alone"
        missing = found(session, public)["本番の設定"]
        assert missing.level == "異常"
        for name in ("SMTP_URL", "MAIL_POSTAL_ADDRESS", "OFFICE", "CONTACT"):
            assert f"JOBBOARD_{name}" in missing.wrong and "/ministry/texts/office" in missing.wrong
        assert found(session, ready)["本番の設定"].level == "良好"
        assert "本番の設定" not in found(session, replace(config, demo=True))


def test_monitoring_reads_json_also_where_there_is_no_database(say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    well = say("check", "--json")
    read = json.loads(well.out)
    assert (well.code, read["well"]) == (0, True)
    assert {"subject": "データベース", "level": "良好", "words": ""} in read["checks"]
    assert say("mail", "stop", "入替え").code == 0
    stopped = say("check", "--json")
    assert (stopped.code, json.loads(stopped.out)["well"]) == (1, False)
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", f"sqlite:///{tmp_path}/gone.sqlite3")
    away = say("check", "--json")
    assert away.code == 1 and "jobboard init" in json.loads(away.out)["checks"][0]["words"]
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", "postgresql://jobboard:geheim@127.0.0.1:1/jobboard")
    away = say("check", "--json")
    assert away.code == 1 and "JOBBOARD_DATABASE_URL" in away.out and "geheim" not in away.out


def test_a_backup_is_asked_for_until_there_is_one(say: Say, tmp_path: Path) -> None:
    assert "注意  控え: まだ控えを取っていません" in say("check").out
    assert say("backup", str(tmp_path / "a.tar")).code == 0
    assert "良好  控え" in say("check").out
    with opening.writing(opening.configuration()) as session:
        session.execute(sa.text("UPDATE audit_entry SET at = :at"), {"at": (present() - timedelta(days=9)).replace(tzinfo=None)})
    assert "注意  控え: 最後の控えは" in say("check").out
