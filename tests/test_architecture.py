"""The laws hold, and a planted violation of each is seen."""

import shutil
from pathlib import Path

import pytest

from tests.architecture import FILE_LINES, FUNCTION_LINES, violations

ROOT = Path(__file__).parent.parent


def test_floors_cycles_and_sizes_hold() -> None:
    assert violations(ROOT) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A sound small house, with the real laws and clock of base/ in it."""
    (tmp_path / "jobboard" / "base").mkdir(parents=True)
    for name in ("__init__.py", "clock.py"):
        shutil.copy(ROOT / "jobboard" / "base" / name, tmp_path / "jobboard" / "base" / name)
    for folder in ("", "models", "domain", "web"):
        (tmp_path / "jobboard" / folder).mkdir(exist_ok=True)
        (tmp_path / "jobboard" / folder / "__init__.py").write_text('"""Law."""\n')
    plant(tmp_path, "domain/drafting.py", "from jobboard.base import clock\nfrom jobboard.models import Posting\n")
    plant(tmp_path, "web/desk.py", "from flask import request\nfrom jobboard.domain.drafting import submit\n")
    plant(tmp_path, "cli.py", "from jobboard import create_app\nfrom jobboard.web import desk\n")
    assert violations(tmp_path) == []
    return tmp_path


def plant(root: Path, path: str, text: str) -> None:
    file = root / "jobboard" / path
    file.write_text((file.read_text() if file.exists() else "") + text)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("domain/drafting.py", "from jobboard.web import desk\n", "domain must not know web"),
        ("domain/drafting.py", "def f():\n    import jobboard.web.desk\n", "domain must not know web"),
        ("domain/drafting.py", "from ..web.desk import view\n", "domain must not know web"),
        ("domain/drafting.py", "from jobboard import mailer\n", "domain must not know mailer"),
        ("models/posting.py", "from jobboard.domain.drafting import submit\n", "models must not know domain"),
        ("web/desk.py", "from jobboard import create_app\n", "web must not know create_app"),
        ("web/desk.py", "import jobboard.cli\n", "web must not know cli"),
        ("mailer.py", "import jobboard.models\n", "mailer must not know models"),
        ("fetcher.py", "from jobboard.config import Config\n", "fetcher must not know config"),
        ("domain/drafting.py", "import flask\n", "imports flask"),
        ("domain/drafting.py", "from flask_login import current_user\n", "imports flask_login"),
        ("models/posting.py", "def f():\n    from flask import g\n", "imports flask"),
        ("base/clock.py", "import sqlalchemy.orm\n", "imports sqlalchemy"),
        ("base/clock.py", "from jobboard.models import Posting\n", "base must not know models"),
        ("domain/drafting.py", "import datetime\nA = datetime.datetime.now()\n", "reads the clock"),
        ("domain/drafting.py", "def f(session):\n    session.commit()\n", "ends the transaction"),
        ("domain/__init__.py", "from jobboard.domain import drafting\n", ""),
        ("domain/drafting.py", "\n" * FILE_LINES, "split it by concept"),
        ("domain/drafting.py", "def f():\n" + "    pass\n" * FUNCTION_LINES, "drafting.f has"),
    ],
)
def test_a_planted_violation_is_seen(copy: Path, path: str, text: str, said: str) -> None:
    for name in ("mailer.py", "config.py"):
        plant(copy, name, '"""Door."""\n')
    plant(copy, path, text)
    found = violations(copy)
    assert any(said in sentence for sentence in found) if said else found == []


@pytest.mark.parametrize("within", ["{}", "def f():\n    {}"])
def test_a_circle_is_seen_also_within_a_function(copy: Path, within: str) -> None:
    plant(copy, "domain/matching.py", "from jobboard.domain import drafting\n")
    plant(copy, "domain/drafting.py", within.format("from jobboard.domain.matching import match\n"))
    assert [sentence for sentence in violations(copy) if "circle" in sentence]


def test_types_may_name_each_other_but_not_a_higher_floor(copy: Path) -> None:
    plant(copy, "models/posting.py", "if TYPE_CHECKING:\n    from jobboard.models.version import Version\n")
    plant(copy, "models/version.py", "if TYPE_CHECKING:\n    from jobboard.models.posting import Posting\n")
    assert violations(copy) == []
    plant(copy, "models/version.py", "    from jobboard.web.desk import view\n")
    assert violations(copy) == ["jobboard.models.version imports jobboard.web.desk: models must not know web"]


def test_a_folder_without_its_law_is_seen(copy: Path) -> None:
    (copy / "jobboard" / "domain" / "__init__.py").write_text("")
    assert violations(copy) == ["jobboard.domain has no docstring: a folder says its law"]


def test_a_template_that_grew_too_long_is_seen(copy: Path) -> None:
    (copy / "templates").mkdir()
    (copy / "templates" / "home.html").write_text("<p>\n" * (FILE_LINES + 1))
    assert violations(copy) == [f"templates/home.html has {FILE_LINES + 1} lines"]
