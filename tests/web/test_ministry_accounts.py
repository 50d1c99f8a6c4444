"""One account in an administrator's hands: roles, the last signing in, a lost second factor; and sessions in one's own."""

import pytest
from flask.testing import FlaskClient

from jobboard.base.errors import NotPermitted, WrongState
from jobboard.base.states import FactorLoss, SecondFactor
from jobboard.database import Writing, db
from jobboard.domain import factors
from jobboard.models import AuditEntry, Delivery
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, send, sign_in


@pytest.fixture
def admin(client: FlaskClient, cast: Cast) -> FlaskClient:
    sign_in(client, ADMINISTRATOR)
    return client


def test_a_lost_factor_is_reset_with_a_reason_and_its_holder_told(
    app: BoardApp, admin: FlaskClient, cast: Cast, clock: Clock
) -> None:
    editor, page = app.test_client(), f"/ministry/accounts/{cast.aoba_editor}"
    sign_in(editor, EDITOR)
    with app.app_context(), Writing() as session:
        factors.enrol_mail(session, cast.account("aoba_editor"), now=clock())
    unsaid = press(admin, page, "2つめの確認を解除する")
    assert unsaid.status_code == 422 and "解除する理由を選んでください" in unsaid.text
    assert editor.get("/desk/").status_code == 200
    assert press(admin, page, "2つめの確認を解除する", {"reason": "lost"}).location == page
    assert editor.get("/desk/").status_code == 302, "what was open is closed"
    assert "まだ登録していません" in admin.get(page).text and "2つめの確認を解除する" not in admin.get(page).text
    with app.app_context():
        assert cast.account("aoba_editor").second_factor is None
        entry = db.session.query(AuditEntry).filter_by(action="account:reset_factor").one()
        assert (entry.account_id, entry.subject_id, entry.facts) == (cast.admin, str(cast.aoba_editor), {"reason": "lost"})
        mail = db.session.query(Delivery).filter_by(account_id=cast.aoba_editor, kind="account").one()
        assert FactorLoss.LOST.label in mail.mail_text.text


def test_nobody_resets_their_own(app: BoardApp, admin: FlaskClient, cast: Cast, clock: Clock) -> None:
    path = f"/ministry/accounts/{cast.admin}"
    with app.app_context(), Writing() as session:
        cast.account("admin").second_factor = SecondFactor.TOTP
        with pytest.raises(NotPermitted):
            factors.reset(session, cast.account("admin"), "lost", by=cast.account("admin"), now=clock())
    assert "2つめの確認を解除する" not in admin.get(path).text
    assert send(admin, f"{path}/factor", {"reason": "lost"}, page=path).status_code == 403
    with app.app_context(), Writing() as session, pytest.raises(WrongState):
        factors.reset(session, cast.account("sato"), "lost", by=cast.account("admin"), now=clock())


def test_roles_are_added_and_taken_away_but_never_the_last_administrators(
    app: BoardApp, admin: FlaskClient, cast: Cast
) -> None:
    page = f"/ministry/accounts/{cast.sato}"
    wrong = press(admin, page, "役割を加える", {"role": "editor", "place": "無い町"})
    assert wrong.status_code == 422 and "見つかりません" in wrong.text and 'value="無い町"' in wrong.text
    assert press(admin, page, "役割を加える", {"role": "editor", "place": "青葉市"}).location == page
    assert "宮城県青葉市" in admin.get(page).text
    with app.app_context():
        first, second = (one.id for one in cast.account("sato").memberships)
        own = cast.account("admin").memberships[0].id
    assert send(admin, f"{page}/roles/{first}/remove", page=page).location == page
    only = send(admin, f"{page}/roles/{second}/remove", page=page)
    assert only.status_code == 409 and "最後の役割は外せません" in only.text
    mine = f"/ministry/accounts/{cast.admin}"
    press(admin, mine, "役割を加える", {"role": "moderator"})
    last = send(admin, f"{mine}/roles/{own}/remove", page=mine)
    assert last.status_code == 409 and "最後の管理者" in last.text
    assert send(admin, f"{mine}/roles/{second}/remove", page=mine).status_code == 404, "of another account"


def test_the_last_signing_in_is_shown(admin: FlaskClient, cast: Cast) -> None:
    assert "4月1日" in admin.get(f"/ministry/accounts/{cast.admin}").text
    assert "まだありません" in admin.get(f"/ministry/accounts/{cast.sato}").text


def test_one_sees_ones_sessions_and_ends_one_or_all_others(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    edge = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"}
    others = [app.test_client(), app.test_client()]
    for other in (*others, client):
        sign_in(other, EDITOR)
        clock.forward(seconds=1)
    office = app.test_client()
    office.environ_base["HTTP_USER_AGENT"] = edge["User-Agent"]
    sign_in(office, EDITOR)
    page = office.get("/account")
    assert page.text.count("この画面</strong>") == 1 and "Edge(Windows)" in page.text
    assert page.text.count('/end"') == 5, "four sessions, and all others at once"
    ending = [part.split('"')[0] for part in page.text.split('action="/account/sessions/')[1:]]
    stranger = app.test_client()
    sign_in(stranger, "editor@town.minato.lg.jp")
    newest = f"/account/sessions/{ending[1]}"
    assert send(stranger, newest, page="/account").status_code == 404
    assert send(office, newest, page="/account").status_code == 303
    assert client.get("/account").status_code == 302
    assert [other.get("/account").status_code for other in (*others, client, office)].count(302) == 1
    assert press(office, "/account", "ほかの端末を全部ログアウトする").location == "/account"
    assert [other.get("/account").status_code for other in (*others, client)] == [302, 302, 302]
    assert office.get("/account").status_code == 200 and office.get("/account").text.count('/end"') == 2
