"""港町's editor, the prefecture and a posting of 青葉市: nothing of it is theirs, in reading and in writing, in any state."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.states import ClosedReason
from jobboard.database import Writing
from jobboard.domain import publication
from jobboard.models import AuditEntry, Posting
from jobboard.web.transaction import BoardApp
from tests.cast import COMPLETE, OPENING, Cast
from tests.prefectures import MIYAGI, prefecture
from tests.staff import MODERATOR, OTHER_EDITOR, sign_in, token
from tests.stories import amended, drafted, published, submitted


def changed(session: Session, cast: Cast, **values: Any) -> Posting:
    """A public posting with a change that waits."""
    posting = published(session, cast, **values)
    amended(session, posting, cast, now=OPENING, pay_low="26000")
    assert posting.pending is not None
    return posting


def closed(session: Session, cast: Cast, **values: Any) -> Posting:
    """One that could be reopened."""
    posting = published(session, cast, **values)
    publication.close(session, posting, reason=ClosedReason.EARLY, by=cast.account("aoba_editor"), now=OPENING)
    return posting


STORIES = {"draft": drafted, "submitted": submitted, "published": published, "changed": changed, "closed": closed}


def desk_routes(app: BoardApp) -> list[tuple[str, str]]:
    """(method, path pattern) of every desk and review page about one posting."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in ("desk", "desk_changes", "review") and "posting_id" in rule.arguments:
            found += [(method, rule.rule) for method in ("GET", "POST") if method in (rule.methods or ())]
    return found


@pytest.mark.parametrize("email", [OTHER_EDITOR, MIYAGI])
@pytest.mark.parametrize("story", STORIES)
def test_a_foreign_posting_is_not_found_and_not_changed(
    app: BoardApp, client: FlaskClient, cast: Cast, story: str, email: str
) -> None:
    with app.app_context(), Writing() as session:
        session.add(prefecture("04"))
        posting = STORIES[story](session, cast, title="青葉市だけの題名")
        posting_id, before = posting.id, (posting.revision, posting.state, posting.pending_id, dict(posting.draft))
        entries = session.scalar(select(func.count(AuditEntry.id)))
    sign_in(client, email)
    form = {
        "csrf_token": token(client, "/desk/"), "revision": 1, **COMPLETE, "reason": "filled", "until": "2027-01-01",
        "change_summary": "x", "version_id": 1,
    }
    routes = desk_routes(app)
    assert len(routes) > 15
    for method, rule in routes:
        path = rule.replace("<int:posting_id>", str(posting_id))
        answer = client.open(path, method=method, data=form if method == "POST" else None)
        own = answer.status_code == (403 if rule.startswith("/review") else 404)
        assert own or (email == MIYAGI and answer.status_code == 403), f"{method} {path}: {answer.status_code}"
        assert "青葉市だけの題名" not in answer.text
    assert "青葉市だけの題名" not in client.get("/desk/").text
    with app.app_context(), Writing() as session:
        again = session.get_one(Posting, posting_id)
        assert (again.revision, again.state, again.pending_id, again.draft) == before
        assert session.scalar(select(func.count(AuditEntry.id))) == entries


def test_a_moderator_cannot_open_what_its_municipality_still_writes(
    app: BoardApp, client: FlaskClient, cast: Cast
) -> None:
    with app.app_context(), Writing() as session:
        posting_id = drafted(session, cast).id
    sign_in(client, MODERATOR)
    assert client.get(f"/review/postings/{posting_id}").status_code == 404
    assert client.get(f"/desk/postings/{posting_id}").status_code == 403


def test_nobody_gets_in_without_signing_in(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    for method, rule in [*desk_routes(app), ("GET", "/desk/"), ("GET", "/review/"), ("GET", "/desk/postings/new")]:
        path = rule.replace("<int:posting_id>", "1")
        answer = client.open(path, method=method)
        assert answer.status_code == (302 if method == "GET" else 400), f"{method} {path}"
        if method == "GET":
            assert answer.location.startswith("/login")
