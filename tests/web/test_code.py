"""/code: a code from a mail opens what the mail's link opens, once, and tells strangers nothing."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.base import tokens
from jobboard.base.states import AccountRole, Strange
from jobboard.database import Writing, db
from jobboard.domain import accounts, notices, one_time_codes, strange
from jobboard.models import Account, AuditEntry, Delivery, MailText, OneTimeCode
from tests.cast import OPENING, Cast, Clock
from tests.mailroom import LETTERHEAD, Mailroom, opened
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, send
from tests.stories import drafted, submitted

CODE = re.compile(r"^([0-9A-Z]{4}-[0-9A-Z]{4})\r?$", re.MULTILINE)
WHERE = {"base_url": LETTERHEAD.base_url, "site": LETTERHEAD.site}
NEW = "new@city.aoba.lg.jp"


def codes(mailroom: Mailroom) -> dict[str, str]:
    """By recipient, the code of the mail that has just arrived."""
    return {letter.recipient: CODE.findall(opened(letter).get_content())[-1] for letter in mailroom.run()}


def typed(client: FlaskClient, email: str, code: str) -> TestResponse:
    return send(client, "/code", {"email": email, "code": code})


@pytest.fixture
def returned(client: FlaskClient, cast: Cast, mailroom: Mailroom) -> str:
    """The code that 青葉市's editor was mailed with a 修正依頼; the posting is number 1."""
    with client.application.app_context(), Writing() as session:
        posting = submitted(session, cast)
        notices.returned(session, posting, [("", "直してください")], now=OPENING, **WHERE)
    return codes(mailroom)[EDITOR]


def test_a_code_signs_in_and_leads_to_the_posting_once(client: FlaskClient, returned: str) -> None:
    answer = typed(client, EDITOR, returned)
    assert (answer.status_code, answer.location) == (303, "/desk/postings/1")
    assert client.get("/desk/postings/1").status_code == 200
    client.delete_cookie("jobboard")
    again = typed(client, EDITOR, returned)
    assert again.status_code == 422 and one_time_codes.USED in again.text and f'value="{EDITOR}"' in again.text
    assert client.get("/desk/").location.startswith("/login")
    with client.application.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="session:begin_by_code").one()
        assert (entry.account_id, entry.facts) == (db.session.query(OneTimeCode).one().account_id, {"act": "posting"})


@pytest.mark.parametrize("how", ["{0}{1}", " {0} {1} ", "{0}ー{1}"])
def test_a_code_may_be_typed_small_wide_and_with_letters_that_look_alike(client: FlaskClient, returned: str, how: str) -> None:
    alike = how.format(*returned.lower().split("-")).translate(str.maketrans({"0": "o", "1": "l"}))
    wide = alike.translate({sign: sign + 0xFEE0 for sign in range(0x21, 0x7F)})
    assert typed(client, EDITOR.upper(), wide).location == "/desk/postings/1"


def test_every_refusal_says_the_same(client: FlaskClient, cast: Cast, clock: Clock, returned: str) -> None:
    texts = set()
    for email, code in ((EDITOR, "AAAA-AAAA"), (EDITOR, ""), (MODERATOR, returned), ("nobody@example.jp", returned), ("", returned)):
        answer = typed(client, email, code)
        assert answer.status_code == 422
        texts.add(re.sub(r'value="[^"]*"', "", answer.text))
    assert len(texts) == 1 and one_time_codes.WRONG in texts.pop()
    clock.forward(days=7)
    assert one_time_codes.WRONG in typed(client, EDITOR, returned).text


def test_signing_out_everywhere_ends_the_codes_of_old_mails(client: FlaskClient, cast: Cast, returned: str) -> None:
    with client.application.app_context(), Writing() as session:
        editor = cast.account("aoba_editor")
        accounts.sign_out_everywhere(session, editor, by=editor, now=OPENING)
    assert one_time_codes.WRONG in typed(client, EDITOR, returned).text


def test_tries_are_counted_for_an_address_and_are_strange(client: FlaskClient, cast: Cast, mailroom: Mailroom) -> None:
    for _ in range(10):
        assert typed(client, EDITOR, "AAAA-AAAA").status_code == 422
    locked = typed(client, EDITOR, "AAAA-AAAA")
    assert locked.status_code == 429 and "確認コードの誤りが続きました" in locked.text and "ログインの失敗" not in locked.text
    assert typed(client, MODERATOR, "AAAA-AAAA").status_code == 422
    mailroom.steps.notice_strange()
    with client.application.app_context():
        [noticed] = strange.open_notices(db.session(), 9)
        assert (noticed.kind, noticed.subject, noticed.entries) == (Strange.FAILED_SIGN_INS, f"account:{cast.aoba_editor}", 10)


def test_neither_the_mail_in_the_database_nor_the_table_of_codes_holds_a_code(
    client: FlaskClient, returned: str, mailroom: Mailroom
) -> None:
    with client.application.app_context():
        row = db.session.query(OneTimeCode).one()
        stored = [text.text for text in db.session.query(MailText)] + [str(mail.words) for mail in db.session.query(Delivery)]
        plain = returned.replace("-", "")
        assert row.digest and tokens.digest(plain) != row.digest
        assert not any(returned in text or plain in text for text in [*stored, row.digest])
        with Writing() as session:
            mail = session.query(Delivery).one()
            mail.state, mail.lease_owner, mail.leased_until = "queued", None, None
    assert codes(mailroom) == {EDITOR: returned}, "sent again, it is the same"


def test_a_code_in_another_persons_mail_stays_text(client: FlaskClient, cast: Cast, mailroom: Mailroom) -> None:
    with client.application.app_context(), Writing() as session:
        place = one_time_codes.place(session, cast.account("sato"), one_time_codes.CodeAct.HOME, now=OPENING)
        notices.tell(session, "reminder", cast.account("aoba_editor"), "件名", f"\n{place}\n", *WHERE.values(), OPENING)  # type: ignore[arg-type]
    (letter,) = mailroom.run()
    assert len(CODE.findall(opened(letter).get_content())) == 1, "her own code alone"


def test_an_ended_code_is_forgotten_but_one_whose_mail_still_waits_is_not(client: FlaskClient, cast: Cast, mailroom: Mailroom) -> None:
    with client.application.app_context(), Writing() as session:
        for name in ("sato", "admin"):
            notices.sign_in_code(session, [cast.account(name)], now=OPENING, **WHERE)
        session.query(OneTimeCode).filter_by(account_id=cast.sato).one().digest = "a" * 64
        assert one_time_codes.forget(session, now=OPENING + timedelta(days=31)) == 1
        assert [one.account_id for one in session.query(OneTimeCode)] == [cast.admin]


def test_an_invitations_code_ends_when_the_invitation_is_renewed(client: FlaskClient, cast: Cast, mailroom: Mailroom) -> None:
    with client.application.app_context(), Writing() as session:
        for _ in range(2):
            account = accounts.invite(
                session, NEW, AccountRole.EDITOR, municipality=cast.municipality("aoba"), by=None, now=OPENING
            )
            notices.invitation(session, account, now=OPENING, **WHERE)
    old, new = (CODE.findall(opened(letter).get_content())[-1] for letter in mailroom.run())
    assert one_time_codes.WRONG in typed(client, NEW, old).text
    assert typed(client, NEW, new).location.startswith("/invitation/")


def test_an_editor_signs_in_and_sends_a_posting_in_with_mailed_codes_alone(
    client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    with client.application.app_context(), Writing() as session:
        account = accounts.invite(session, NEW, AccountRole.EDITOR, municipality=cast.municipality("aoba"), by=None, now=OPENING)
        notices.invitation(session, account, now=OPENING, **WHERE)
        number = drafted(session, cast).id
    page = client.get(typed(client, NEW, codes(mailroom)[NEW]).location)
    assert press(client, page, "登録して利用を始める", {"name": "新人 一", "password": "hatsu-no-shigoto-9"}).location == "/desk/"
    client.delete_cookie("jobboard")
    sent = press(client, "/code", "確認コードを受け取る", {"email": NEW})
    assert "メールを確認してください" in sent.text
    assert typed(client, NEW, codes(mailroom)[NEW]).location == "/desk/"
    answer = press(client, f"/desk/postings/{number}/edit", "掲載を依頼する")
    assert answer.location == f"/desk/postings/{number}"
    client.delete_cookie("jobboard")
    mailed = codes(mailroom)
    assert set(mailed) == {NEW, MODERATOR}
    assert typed(client, NEW, mailed[NEW]).location == f"/desk/postings/{number}"
    assert "掲載を依頼しています" in client.get(f"/desk/postings/{number}").text
    assert typed(client, MODERATOR, mailed[MODERATOR]).location == f"/review/postings/{number}"


def test_asking_for_a_code_answers_alike_for_everybody(client: FlaskClient, cast: Cast) -> None:
    texts = [press(client, "/code", "確認コードを受け取る", {"email": one}).text.replace(one, "") for one in (EDITOR, "nobody@example.jp")]
    assert len({re.sub(r'name="csrf_token" value="[^"]+"', "", text) for text in texts}) == 1  # it bears the second
    wrong = press(client, "/code", "確認コードを受け取る", {"email": "aoba"})
    assert wrong.status_code == 422 and 'value="aoba"' in wrong.text
    with client.application.app_context():
        assert db.session.query(Delivery).count() == 1
        assert db.session.query(Account).count() == 5
