"""The command line: sentences instead of tracebacks, one summary line for each act, on real databases."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard import cli, create_app, supervisor, worker
from jobboard.base.clock import present
from jobboard.base.states import SecondFactor
from jobboard.commands import opening
from jobboard.config import Config
from jobboard.database import db
from jobboard.demonstration import filling, people
from jobboard.domain import audit, brake, sealing
from jobboard.domain.brake import Limits
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Account, Membership, Municipality, Posting
from tests.databases import OnceMade
from tests.filled import CHEAP, fill, filled


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str) -> None:
    """A real installation's settings, on a migrated database."""
    for variable in [name for name in os.environ if name.startswith("JOBBOARD_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("JOBBOARD_QUEUE_URL", f"sqlite:///{tmp_path}/queue.sqlite3")
    monkeypatch.setenv("JOBBOARD_INSTANCE_DIR", str(tmp_path / "instance"))
    monkeypatch.setenv("JOBBOARD_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("JOBBOARD_TOKEN_KEY", "t" * 40)
    for module, name in ((supervisor, "serve"), (supervisor, "run"), (worker, "work")):
        monkeypatch.setattr(module, name, not_started)


@pytest.fixture
def say(environ: None, capfd: pytest.CaptureFixture[str]) -> Say:
    """Runs a command in this process."""

    def saying(*arguments: str) -> Said:
        code = cli.main(arguments)
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return saying


@pytest.fixture(scope="session")
def slept_file(once_made: OnceMade, sqlite_template: Path) -> Path:
    """A demonstration that was filled eight days ago and whose worker has slept since; to be copied."""
    return once_made("slept.sqlite3", lambda file: filled(file, sqlite_template, eight_days_ago))


def eight_days_ago(session: Session) -> None:
    filling.fill(session, now=present() - timedelta(days=8), hashing=CHEAP)


@pytest.fixture
def demonstration(environ: None, monkeypatch: pytest.MonkeyPatch, slept_file: Path, sqlite_url: str) -> None:
    """An installation with such a demonstration."""
    monkeypatch.setenv("JOBBOARD_DEMO", "1")
    shutil.copyfile(slept_file, sqlite_url.removeprefix("sqlite:///"))


def test_a_dated_list_is_entered_once_and_what_is_due_is_applied(say: Say, tmp_path: Path) -> None:
    say("init")
    listed = tmp_path / "changes.csv"
    heads = "on,kind,code,successor_code,name,kana,note\n"
    due, later = "2026-10-01,renamed,011002,,新札幌市,しんさっぽろし,告示1\n", "2099-10-01,merged,012033,012025,,,告示2\n"
    listed.write_text(heads + due + later.replace("012025", "012033"), encoding="utf-8")
    wrong = say("municipality", "change", str(listed))
    assert wrong.code == 1
    assert "3行目(コード 012033)" in wrong.err and "自分自身には引き継げません" in wrong.err and "何も読み込んでいません" in wrong.err
    listed.write_text(heads + due + later.replace("012025", "022012"), encoding="utf-8")
    far = say("municipality", "change", str(listed))
    assert far.code == 1 and "北海道から青森県に、都道府県が変わります" in far.err and "--across を付けて" in far.err
    listed.write_text(heads + due + later, encoding="utf-8")
    first = say("municipality", "change", str(listed))
    assert first.out == "合併・名称変更: 登録 2、既にあるもの 0、反映 1\n"
    assert "2行目: 2026年10月1日(木) 名称変更 北海道札幌市(011002) → 北海道新札幌市(011002)" in first.err
    assert "後継に移るもの: アカウント 0人、公開前の募集 0件、収集元のフィード" in first.err
    assert say("municipality", "change", str(listed)).out == "合併・名称変更: 登録 0、既にあるもの 2、反映 0\n"
    assert "新札幌市" in say("municipality", "list", "札幌").out
    assert say("municipality", "load").out.startswith("市区町村: 追加 0、変更 0")
    listed.write_text(heads + "2099-11-01,merged,012041,022012,,,告示3\n", encoding="utf-8")
    meant = say("municipality", "change", str(listed), "--across")
    assert meant.out.startswith("合併・名称変更: 登録 1") and "(都道府県が変わります)" in meant.err
    assert "都道府県が変わります" in say("municipality", "load", "--successor", "012041=022012").err
    assert say("source", "load").out == "収集元: 追加 0(止めたまま)、既にあるもの 114、市区町村がないもの 0\n"


def not_started(config: Config, prepare: Callable[[], object] = bool, **options: object) -> NoReturn:
    """In place of what would become a server: prepares as `run` does, and fails the test that comes so far."""
    prepare()
    raise AssertionError("a server was started")


def started(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("JOBBOARD_")}
    return subprocess.run(
        [sys.executable, "-m", "jobboard", *arguments],
        env={**kept, **environ}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_wrong_setting_is_one_sentence_that_names_it_and_exit_code_2() -> None:
    done = started("run", JOBBOARD_BIND="everywhere")
    assert done.returncode == 2
    assert "JOBBOARD_BIND" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_that_needs_settings_refuses_wrong_ones(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBBOARD_BINDD", "127.0.0.1:8000")
    for command in (["init"], ["demo"], ["run"], ["serve"], ["work"], ["expire"], ["check"], ["mail", "outbox"]):
        said = say(*command)
        assert said.code == 2, command
        assert "JOBBOARD_BINDD" in said.err


def test_help_is_japanese_and_lists_every_command(say: Say) -> None:
    said = say("--help")
    assert said.code == 0
    assert "使い方: jobboard" in said.out
    listed = re.findall(r"^  ([a-z]+)  ", said.out, re.MULTILINE)
    assert listed == [
        "init", "reindex", "demo", "run", "serve", "work", "expire", "match", "digest", "deliver", "remind", "tidy", "seal", "collect", "account",
        "municipality", "source", "posting", "mail", "bounce", "audit", "data", "backup", "restore", "check",
    ]  # fmt: skip
    for name in listed:
        help_text = say(name, "--help").out
        assert re.search("[ぁ-ん]", help_text.partition("\n\n")[2])
        assert not re.search(r"Options:|Usage:|Commands:|Show this message", help_text)


def test_a_wrong_word_is_answered_in_a_sentence(say: Say) -> None:
    for words in (["nonsense"], ["init", "--nonsense"], ["account", "invite"], ["account", "invite", "a@example.jp"]):
        said = say(*words)
        assert said.code == 2
        assert said.err.startswith("使い方が違います")


def test_init_makes_the_database_for_the_site_alone_and_again_changes_nothing(
    empty_database_url: str, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    if empty_database_url.startswith("sqlite"):
        empty_database_url = empty_database_url.replace("/empty.", "/own/empty.")  # in a folder that is not there yet
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", empty_database_url)
    said = say("check")
    assert (said.code, said.err) == (1, "データベースの準備ができていません。先に jobboard init を実行してください。\n")
    assert "追加 1741、変更 0、そのまま 0、廃止 0" in say("init").out
    assert "追加 0、変更 0、そのまま 1741、廃止 0" in say("init").out
    assert say("check").code == 0
    if empty_database_url.startswith("sqlite"):  # what is made is for the account of the site alone
        file = Path(empty_database_url.removeprefix("sqlite:///"))
        assert [made.stat().st_mode & 0o077 for made in (file.parent, file)] == [0, 0]


def test_a_database_that_does_not_answer_is_a_sentence(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", "postgresql://jobboard:geheim@127.0.0.1:1/jobboard")
    said = say("check")
    assert said.code == 1
    assert "JOBBOARD_DATABASE_URL" in said.err
    assert "geheim" not in said.err


def test_the_demonstration_is_filled_only_when_the_setting_says_so(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = say("demo")
    assert refused.code == 2
    assert "JOBBOARD_DEMO" in refused.err
    monkeypatch.setenv("JOBBOARD_DEMO", "1")
    assert "見本を入れました: 架空の市区町村 20、募集 73件" in say("demo").out
    assert say("demo").out == "見本はすでに入っています。\n"


def test_an_installation_that_is_not_the_demonstration_does_not_start_on_its_database(
    demonstration: None, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert say("municipality", "list", "青葉市").out.endswith("\t見本\n")
    monkeypatch.delenv("JOBBOARD_DEMO")
    for command in (["serve"], ["work"], ["run"], ["init"], ["check"], ["deliver"], ["account", "list"]):
        said = say(*command)
        assert said.code == 2, command
        assert "JOBBOARD_DEMO" in said.err


def test_the_demonstration_is_never_put_over_an_account(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    say("account", "invite", "first@city.example.lg.jp", "--role", "administrator")
    monkeypatch.setenv("JOBBOARD_DEMO", "1")
    said = say("demo")
    assert said.code == 1
    assert "見本を入れません" in said.err
    with opening.reading(opening.configuration()) as session:
        assert session.scalar(select(func.count(Posting.id))) == 0
        assert not session.scalar(select(Municipality.code).where(Municipality.demonstration).limit(1))


def test_the_first_administrator_is_made_without_mail_by_the_link_that_is_printed(say: Say) -> None:
    said = say("account", "invite", "First@Soumu.example.lg.jp", "--role", "administrator")
    assert said.code == 0
    link = said.out.splitlines()[-1]
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/invitation/[\w-]{22}", link)
    app = create_app(opening.configuration(), TESTING=True)
    page = app.test_client().get(link.removeprefix("http://127.0.0.1:8000"))
    with app.app_context():
        db.engine.dispose()
    assert page.status_code == 200
    listed = say("account", "list")
    assert "first@soumu.example.lg.jp\t―\t招待中\t管理者" in listed.out
    assert "送信 1通" in say("deliver").out
    assert link in say("mail", "outbox", "1").out


def test_an_invitation_that_cannot_be_is_refused_and_nobody_is_invited(say: Say) -> None:
    say("municipality", "load")
    for arguments, reason in (
        (["not an address", "--role", "moderator"], "メールアドレスに「@」がありません"),
        (["a@example.lg.jp", "--role", "editor"], "市区町村の名前かコード"),
        (["a@example.lg.jp", "--role", "editor", "--municipality", "042022"], "見つかりません"),
        (["a@example.lg.jp", "--role", "editor", "--municipality", "府中市"], "複数"),
        (["a@example.lg.jp", "--role", "prefecture", "--prefecture", "48"], "都道府県"),
    ):
        said = say("account", "invite", *arguments)
        assert said.code == 1
        assert reason in said.err
    assert say("account", "list").out == ""


def test_an_account_is_ended_but_never_the_last_administrator(demonstration: None, say: Say) -> None:
    assert "停止しました" in say("account", "deactivate", "editor@aoba.example.jp").out
    assert "すでに停止" in say("account", "deactivate", "editor@aoba.example.jp").err
    assert "最後の管理者" in say("account", "deactivate", people.ADMINISTRATOR[0]).err
    assert "ありません" in say("account", "deactivate", "nobody@example.jp").err
    assert re.search(r"editor@aoba\.example\.jp\t高橋 美咲\t停止 \d{4}-\d\d-\d\d\t自治体担当者\(047805\)", say("account", "list").out)


def test_a_command_asks_for_the_name_where_several_share_the_address(demonstration: None, say: Say) -> None:
    shared = "editor@aoba.example.jp"
    second = ("account", "invite", shared, "--role", "editor", "--municipality", "青葉市")
    assert "招待しました" in say(*second, "--name", "山本 葵").out
    for command in (second, ("account", "deactivate", shared), ("account", "reset", shared, "--reason", "lost")):
        said = say(*command)
        assert said.code == 2 and "--name" in said.err and "高橋 美咲、山本 葵" in said.err, command
    assert "ありません" in say("account", "deactivate", shared, "--name", "山本 碧").err
    assert "(高橋 美咲) を停止しました" in say("account", "deactivate", shared, "--name", "高橋美咲").out
    assert re.search(rf"{shared}\t山本 葵\t招待中", say("account", "list").out)


def test_the_last_administrator_who_lost_the_app_is_helped_by_a_command(demonstration: None, say: Say) -> None:
    reset = ("account", "reset", people.ADMINISTRATOR[0])
    mine = select(Account).where(Account.email == people.ADMINISTRATOR[0])
    assert say(*reset).code == 2, "not without a reason"
    assert "まだ登録していません" in say(*reset, "--reason", "lost").err
    with opening.writing(opening.configuration()) as session:
        session.scalars(mine).one().second_factor = SecondFactor.TOTP
    assert "解除しました" in say(*reset, "--reason", "lost").out
    with opening.reading(opening.configuration()) as session:
        held = session.scalars(mine).one()
        assert held.second_factor is None and held.deactivated_at is None


def test_a_table_with_one_wrong_code_is_refused_by_its_line(say: Say, tmp_path: Path) -> None:
    say("municipality", "load")
    file = tmp_path / "newer.csv"
    lines = (Path(cli.__file__).parent / "reference" / "municipalities.csv").read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join([*lines[:2], lines[2].replace("012025", "012026"), *lines[3:]]), "utf-8")
    said = say("municipality", "load", str(file))
    assert said.code == 1
    assert "3行目(コード 012026)" in said.err
    file.write_text("".join([lines[0], *lines[2:]]), "utf-8")
    assert "廃止 1" in say("municipality", "load", str(file), "--successor", "011002=012025").out
    assert re.search(r"北海道札幌市\t.*\t廃止 \d{4}", say("municipality", "list", "札幌").out)
    assert say("municipality", "load", str(tmp_path / "absent.csv")).code == 1
    assert say("municipality", "load", "--successor", "011002").code == 2


def test_each_step_runs_once_and_says_what_it_did(
    database_url: str, slept_file: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", database_url)
    monkeypatch.setenv("JOBBOARD_DEMO", "1")
    if database_url.startswith("sqlite"):
        shutil.copyfile(slept_file, database_url.removeprefix("sqlite:///"))
    else:
        fill(database_url, eight_days_ago)
    before = say("check")
    assert before.code == 1
    assert "異常  締切を過ぎた募集の終了" in before.out
    assert re.fullmatch(r"終了 [1-9]\d*件、掲載 2件\n", say("expire").out)
    assert "異常  登録者と結びつける変更" in say("check").out
    assert re.fullmatch(r"条件に合った組 [1-9]\d*件\n", say("match").out)
    assert re.fullmatch(r"メールを作った登録者 [1-9]人\n", say("digest").out)
    assert re.fullmatch(r"送信 [1-9]\d*通、受け取られなかったもの 0通、.*\n", say("deliver").out)
    assert say("tidy").out.startswith("期限が来て、消したもの・保管したもの ")
    assert say("check").code == 0
    listed = say("mail", "outbox")
    assert re.search(r"^  1  \d{4}-\d\d-\d\d \d\d:\d\d  \S+@\S+  【見本】", listed.out)
    mail = say("mail", "outbox", "1").out
    assert "To: " in mail
    assert re.search(r"^\s*http://127\.0\.0\.1:8000/postings/\d+", mail, re.MULTILINE)
    assert say("mail", "outbox", "99").code == 1


def test_tidy_counts_first_deletes_then_and_goes_on_until_the_audit_too_is_done(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBBOARD_KEEP_AUDIT_YEARS", "1")
    with opening.writing(opening.configuration()) as session:
        for _ in range(3):
            audit.record(session, "posting:save", "posting", 1, by=None, now=present() - timedelta(days=900))
            session.flush()
        sealing.seal(session, sealing.mark(session), now=present() - timedelta(days=900))
    counted = say("tidy", "--dry-run")
    assert counted.out.startswith("期限が来ているもの 3件。何も消していません。\n  監査記録 3件\n")
    assert "監査記録 3件" in say("tidy", "--dry-run").out
    assert say("tidy").out == "期限が来て、消したもの・保管したもの 3件\n  監査記録 3件\n"
    verified = say("audit", "verify")
    assert verified.code == 0 and "封の番号 3 までの記録は、保存期間が過ぎたので" in verified.out
    assert say("tidy").out == "期限が来て、消したもの・保管したもの 0件\n"
    assert "良好  保存期間の過ぎたものの削除" in say("check").out


def test_the_mail_is_decided_about_and_explained_by_command(demonstration: None, say: Say) -> None:
    say("expire")
    say("match")
    assert say("mail", "hold").out == "保留しているお知らせはありません。\n"
    assert say("mail", "release").err == "保留しているお知らせはありません。\n"
    with opening.writing(opening.configuration()) as session:
        brake.Brake(Limits(over=1)).free(session, Letterhead.of(opening.configuration()), now=present())
    assert say("digest").out == "メールを作った登録者 0人\n"
    assert re.search(r"異常  お知らせの保留: \d人へのお知らせが", say("check").out)
    rehearsed = say("mail", "rehearse").out
    assert re.match(r"5人(未満)?に届きます。\n先に保留しているお知らせ", rehearsed) and "5人未満" in rehearsed
    assert not re.search(r"(?<![\d,])[1-4]人", rehearsed)
    assert say("mail", "rehearse", "99999").code == 1
    assert re.search(r"決まっていません.*いま届くのは\d人\n  .+: \d人\n", say("mail", "hold").out)
    assert say("mail", "discard", " ").code == 1 and say("mail", "discard", "試しのため").code == 0
    assert "送らない(試しのため)" in say("mail", "hold").out
    assert say("mail", "start").code == 1 and say("mail", "stop", "サーバーの入替え").code == 0
    assert "から止めています(理由: サーバーの入替え)" in say("check").out and say("mail", "stop", "また").code == 1
    assert say("mail", "start").code == 0
    told = say("mail", "why", "everything@example.jp", "1")
    assert told.code == 0 and re.fullmatch(r"(?:\d{4}年.+: .+。\n)+", told.out)
    assert say("mail", "why", "nobody", "1").code == 1


def test_the_outbox_is_read_without_the_keys(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOBBOARD_SECRET_KEY")
    monkeypatch.delenv("JOBBOARD_TOKEN_KEY")
    assert say("mail", "outbox").code == 0
    assert say("check").code == 2


def test_the_outbox_of_an_installation_that_sends_by_smtp_is_nowhere(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "メールはまだありません" in say("mail", "outbox").out
    monkeypatch.setenv("JOBBOARD_SMTP_URL", "smtp://127.0.0.1:2525?starttls=off")
    monkeypatch.setenv("JOBBOARD_MAIL_FROM", "noreply@example.go.jp")
    monkeypatch.setenv("JOBBOARD_MAIL_POSTAL_ADDRESS", "東京都千代田区霞が関2-1-2")
    said = say("mail", "outbox")
    assert said.code == 1
    assert "JOBBOARD_SMTP_URL" in said.err


@pytest.mark.parametrize("variable", ["JOBBOARD_MAIL_FOLDER", "JOBBOARD_UPLOAD_DIR"])
def test_a_folder_that_cannot_be_written_to_stops_the_start(
    say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    for command in ("run", "serve", "work"):
        said = say(command)
        assert said.code == 2 and variable in said.err


def test_looking_at_a_database_that_is_not_there_makes_none(
    say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JOBBOARD_DATABASE_URL", f"sqlite:///{tmp_path}/gone/x.sqlite3")
    said = say("check")
    assert said.code == 1 and "jobboard init" in said.err
    assert not (tmp_path / "gone" / "x.sqlite3").exists()


def test_postings_leave_as_a_file_and_come_back_as_drafts_by_command(demonstration: None, say: Say, tmp_path: Path) -> None:
    file, config = tmp_path / "all.csv", opening.configuration()
    with opening.reading(config) as session:
        editor = session.scalars(select(Account).join(Membership).where(Membership.municipality_code.is_not(None))).first()
        assert editor is not None
        code = editor.memberships[0].municipality_code
        before = session.scalar(select(func.count(Posting.id)).where(Posting.municipality_code == code)) or 0
    assert say("posting", "export", str(file), "--municipality", str(code)).code == 0
    file.write_bytes(file.read_bytes() + f"{code},,\r\n".encode())
    said = say("posting", "import", str(file), "--by", editor.email, "--again")
    assert said.code == 1 and f"C{before + 2} 募集の題名: 題名がありません" in said.out
    with opening.reading(config) as session:
        assert session.scalar(select(func.count(Posting.id)).where(Posting.municipality_code == code)) == 2 * before
    said = say("posting", "import", str(file), "--by", editor.email)
    assert said.code == 1 and "同じ募集がもうあります" in said.out and "件のうち0件を下書きにしました" in said.out
    assert say("posting", "import", str(file), "--by", "nobody@example.jp").code == 1
    assert say("posting", "export", str(file), "--municipality", "000000").code == 1
