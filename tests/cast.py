"""The stage of most tests: an application on a fresh database, a clock at an edge, and a small fixed cast.

青葉市 posts, 港町 must never see its drafts, 佐藤 moderates, 田中 subscribes (田中 is made where she is needed).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from jobboard import create_app
from jobboard.base.states import AccountRole
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.config import Config
from jobboard.database import Writing, db
from jobboard.models import Account, Membership, Municipality
from jobboard.web.transaction import BoardApp

PASSWORD = "aoba-no-mori-2026"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OPENING = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
"""1 April 2026, 09:00 in Japan: the first morning of a fiscal year."""


class Clock:
    """The instant that the application believes in; tests move it."""

    def __init__(self) -> None:
        self.instant = OPENING

    def __call__(self) -> datetime:
        return self.instant

    def forward(self, **by: float) -> datetime:
        """Moves on by a timedelta's arguments and returns the new instant."""
        self.instant += timedelta(**by)
        return self.instant


@dataclass(frozen=True)
class Cast:
    """Ids of the people and codes of the places."""

    aoba: str
    minato: str
    aoba_editor: int
    aoba_colleague: int
    minato_editor: int
    sato: int
    admin: int

    def account(self, name: str) -> Account:
        """One of the people as a row of the present session."""
        return db.session.get_one(Account, getattr(self, name))

    def municipality(self, name: str) -> Municipality:
        """aoba or minato as a row of the present session."""
        return db.session.get_one(Municipality, getattr(self, name))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    return configured(database_url, tmp_path)


def configured(database_url: str, folder: Path) -> Config:
    """The settings of most tests; what is written goes to ``folder``."""
    return Config.from_environ(
        {
            "JOBBOARD_DATABASE_URL": database_url,
            "JOBBOARD_INSTANCE_DIR": str(folder / "instance"),
            "JOBBOARD_QUEUE_URL": f"sqlite:///{folder}/queue.sqlite3",
            "JOBBOARD_SECRET_KEY": "s" * 40,
            "JOBBOARD_TOKEN_KEY": "t" * 40,
            "JOBBOARD_BASE_URL": "http://127.0.0.1:8000",
        }
    )


class OneCompilation(BytecodeCache):
    """Templates are compiled once for all applications of a test run: compiling took half of the time of web tests."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key + bucket.checksum in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key + bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


class OnceCompiledRule(Rule):
    """A route is compiled once for all applications of a test run: what comes of it depends on nothing but its words."""

    compiled: ClassVar[dict[tuple[object, ...], dict[str, Any]]] = {}

    def compile(self) -> None:
        key = (self.rule, self.endpoint, self.subdomain, self.host, repr(self.defaults), tuple(sorted(self.methods or ())))
        if key not in self.compiled:
            before = dict(self.__dict__)
            super().compile()
            self.compiled[key] = {name: value for name, value in self.__dict__.items() if before.get(name) is not value}
            self.compiled[key]["arguments"] = self.arguments
        self.__dict__.update(self.compiled[key])


BoardApp.jinja_options = {"bytecode_cache": OneCompilation()}
BoardApp.url_rule_class = OnceCompiledRule
NewApp = Callable[..., BoardApp]


@pytest.fixture
def new_app(config: Config, clock: Clock) -> Iterator[NewApp]:
    """Makes applications whose settings differ from ``config`` as told; their connections are closed at the end.

    They ask for no second factor unless told so: its own tests do.
    """
    made: list[BoardApp] = []

    def make(second_factor: bool = False, **settings: Any) -> BoardApp:
        made.append(an_app(replace(config, **settings), clock, second_factor=second_factor))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def an_app(config: Config, clock: Clock, *, second_factor: bool = False) -> BoardApp:
    """An application of a test; who makes it disposes of its engine."""
    return create_app(config, TESTING=True, CLOCK=clock, ARGON2=CHEAP, SECOND_FACTOR=second_factor)


@pytest.fixture
def app(new_app: NewApp) -> BoardApp:
    return new_app()


@pytest.fixture
def client(app: BoardApp) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def context(app: BoardApp) -> Iterator[None]:
    """An application context for tests of the domain; write inside ``with Writing() as session``."""
    with app.app_context():
        yield


@pytest.fixture
def cast(app: BoardApp) -> Cast:
    return fill(app)


def fill(app: BoardApp) -> Cast:
    """Puts the people and the places into an empty database."""
    with app.app_context(), Writing() as session:
        session.add(place("042021", "04", "宮城県", "青葉市", "あおばし", MunicipalityKind.CITY, "https://www.city.aoba.lg.jp/"))
        session.add(place("143014", "14", "神奈川県", "港町", "みなとまち", MunicipalityKind.TOWN, "https://www.town.minato.lg.jp/"))
        session.flush()
        people = {
            "aoba_editor": person("editor@city.aoba.lg.jp", "青葉 花子", AccountRole.EDITOR, municipality="042021"),
            "aoba_colleague": person("colleague@city.aoba.lg.jp", "青葉 次郎", AccountRole.EDITOR, municipality="042021"),
            "minato_editor": person("editor@town.minato.lg.jp", "港 一郎", AccountRole.EDITOR, municipality="143014"),
            "sato": person("sato@soumu.go.jp", "佐藤 恵", AccountRole.MODERATOR),
            "admin": person("admin@soumu.go.jp", "管理 太郎", AccountRole.ADMINISTRATOR),
        }
        session.add_all(people.values())
        session.flush()
        return Cast("042021", "143014", **{name: account.id for name, account in people.items()})


def place(
    code: str, pref_code: str, prefecture: str, name: str, kana: str, kind: MunicipalityKind, url: str
) -> Municipality:
    """A municipality that the cast posts for."""
    return Municipality(
        code=code, pref_code=pref_code, prefecture=prefecture, district="", name=name, kana=kana, kind=kind, url=url
    )


def person(email: str, name: str, role: AccountRole, municipality: str | None = None) -> Account:
    """An account that can sign in with ``PASSWORD``."""
    return Account(
        email=email,
        name=name,
        password_hash=CHEAP.hash(PASSWORD),
        created_at=OPENING,
        activated_at=OPENING,
        memberships=[Membership(role=role, municipality_code=municipality)],
    )


COMPLETE: dict[str, list[str]] = {
    "title": ["CIO補佐官(全庁DX推進)"],
    "role": ["cio_adviser"],
    "themes": ["standardisation", "bpr"],
    "engagement": ["special_part_time"],
    "scheme": ["none"],
    "audience": ["person"],
    "recruitment_routes": ["open_call"],
    "headcount": ["1"],
    "employer_name": ["青葉市"],
    "employer_address": ["宮城県青葉市本町1-1-1"],
    "duties": ["全庁のDX推進計画の見直しについて助言し、各課の業務改革を職員とともに進めていただきます。"],
    "duties_change_scope": ["none"],
    "requirements_must": ["情報システムの企画又は導入を3年以上担当した経験"],
    "age_condition": ["none"],
    "term_start_on": ["2026-06-01"],
    "term_end_on": ["2027-03-31"],
    "trial_period": ["none"],
    "renewal": ["some"],
    "renewal_criteria": ["勤務実績と予算により判断します"],
    "work_place": ["青葉市役所本庁舎4階"],
    "place_change_scope": ["none"],
    "remote": ["partly"],
    "workdays": ["4"],
    "workdays_period": ["month"],
    "hours_per_day": ["7.75"],
    "hours": ["8時30分から17時15分まで"],
    "overtime": ["なし"],
    "breaks": ["12時から13時まで"],
    "holidays": ["土曜日、日曜日、祝日、年末年始"],
    "side_job": ["yes"],
    "insurance": ["public_accident"],
    "smoking": ["indoor_banned"],
    "pay_unit": ["day"],
    "pay_low": ["25000"],
    "expenses": ["paid"],
    "apply_method": ["web"],
    "apply_target": ["https://www.city.aoba.lg.jp/dx/apply"],
    "documents_required": ["履歴書、職務経歴書"],
    "selection_process": ["書類選考の後、オンラインで面接します"],
    "conflict": ["none"],
    "official_url": ["https://www.city.aoba.lg.jp/dx/boshu.html"],
    "department": ["総務部デジタル推進課"],
    "contact_tel": ["022-000-0000"],
    "contact_email": ["dx@city.aoba.lg.jp"],
    "apply_by_kind": ["closing"],
    "apply_by": ["2026-05-29T17:00"],
}
"""A draft of 青葉市 that can be sent in on 1 April 2026."""
