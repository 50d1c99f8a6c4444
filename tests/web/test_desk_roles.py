"""「だれが何をできるか」 is the table of permissions, whole, on a page for everybody who has an account."""

import pytest
from flask.testing import FlaskClient

from jobboard.domain import roles
from jobboard.domain.permissions import RULES
from jobboard.places import checkout_folder
from tests.cast import Cast
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, sign_in


def test_every_action_of_the_table_has_a_name() -> None:
    assert set(roles.NAMES) == set(RULES)
    assert len(set(roles.NAMES.values())) == len(roles.NAMES)


def test_the_document_is_the_table() -> None:
    checkout = checkout_folder()
    assert checkout is not None
    text = (checkout / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert text.partition("\n\n| ")[2].partition("\n## ")[0].rstrip() == roles.document().removeprefix("| ").rstrip()
    assert "| 掲載する | ― | ― | ○ | ○ |" in text and "| 掲載を依頼する・変更を送る | ○ | ― | ― | ― |" in text


@pytest.mark.parametrize("email", [EDITOR, MODERATOR, ADMINISTRATOR])
def test_every_account_reads_the_page(client: FlaskClient, cast: Cast, email: str) -> None:
    sign_in(client, email)
    page = client.get("/desk/roles/")
    assert page.status_code == 200
    assert all(name in page.text for name in roles.NAMES.values())
