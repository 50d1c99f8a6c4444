"""The description says what is: every address, parameter, code, member and example; schemathesis finds nothing that differs."""

import itertools
import re
import warnings
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from pytest import MonkeyPatch

from jobboard.base.fields import FIELDS
from jobboard.base.reading import read
from jobboard.base.states import ClosedReason, Outcome
from jobboard.base.vocabulary import Explicit
from jobboard.database import Writing
from jobboard.domain import completeness, publication
from jobboard.domain.grammar import NAMES
from jobboard.models import Municipality
from jobboard.web import api_limits, api_samples
from jobboard.web.api_limits import Policy
from jobboard.web.transaction import BoardApp
from tests import postings
from tests.cast import Cast, Clock
from tests.stories import published
from tests.web.test_feeds import filled

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the library's own imports
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

CHECKS = [
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_headers_conformance, checks.response_schema_conformance, checks.positive_data_acceptance,
]  # fmt: skip
"""Not whether every wrong value is refused: the grammar reads 25,000円 and R8.5.29 too (test_criteria)."""

HERE = "http://127.0.0.1:8000"


@pytest.fixture
def board(app: BoardApp, cast: Cast, clock: Clock, monkeypatch: MonkeyPatch) -> Iterator[list[int]]:
    """Postings in every public state, with every field and with few, and all kinds of events; nobody is limited."""
    monkeypatch.setattr(api_limits, "POLICIES", (Policy("test", 10**9, 60),))
    with app.app_context(), Writing() as session:
        place = session.get_one(Municipality, cast.aoba)
        whole = {field.name: filled(field, number) for number, field in enumerate(FIELDS, 10)}
        answered = {field.name: field.explicit[0] for field in FIELDS if field.explicit}
        shown = [
            published(session, cast),
            postings.published(session, place, **{**whole, "apply_by": postings.DEADLINE}),
            postings.published(session, place, **answered, headcount="some", apply_by=None, review_on=postings.NOW.date()),
            postings.published(session, place),
            postings.published(session, place),
        ]
        later = clock.forward(days=1)
        postings.amended(session, shown[0], now=later, workdays=Explicit.NEGOTIABLE, pay_low=31_000)
        reason = publication.ExtensionReason.OTHER
        until = postings.DEADLINE + timedelta(days=7)
        publication.extend(session, shown[0], until=until, reason=reason, by=None, now=later)
        publication.close(session, shown[3], reason=ClosedReason.FILLED, outcome=Outcome.DECIDED, by=None, now=later)
        publication.withdraw(session, shown[4], reason="予算のため", by=None, now=later)
        ids = [posting.id for posting in shown]
    yield ids


def description(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json
    return found


def strict(schema: Any) -> Any:
    """The same, but no member may stand in an answer that is not described."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(one) for name, one in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        closed["additionalProperties"] = False
    return closed


def conforms(app: BoardApp, board: list[int], examples: int) -> dict[int, int]:
    """Calls every operation with values that fit and values that do not; returns how many answers there were by status."""
    schema = schemathesis.openapi.from_dict(strict(description(app.test_client())))
    schema.app = app
    answers: dict[int, int] = {}
    known = {"posting_id": [*board, None], "code": ["042021", None]}
    for operation in [found.ok() for found in schema.get_all_operations()]:
        (place,) = [one.name for one in operation.path_parameters] or [""]
        for value in known.get(place, [None]):
            cases = operation.as_strategy(path_parameters={place: value}) if value else operation.as_strategy()
            called(cases, examples, answers)
        if place or operation.query:
            called(operation.as_strategy(GenerationMode.NEGATIVE), examples, answers)
    return answers


def called(cases: SearchStrategy[schemathesis.Case], examples: int, answers: dict[int, int]) -> None:
    @given(case=cases)
    @settings(max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    def call(case: schemathesis.Case) -> None:
        if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
            case.query = fitting(dict(case.query))
        answer = case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1

    call()


def fitting(query: dict[str, Any]) -> dict[str, Any]:
    """What a schema cannot say: a cursor is of this list, a code has its check digit, an amount has its unit, words have letters."""
    query.pop("cursor", None)
    if not query.get("pay_unit"):
        query.pop("pay_min", None)
    return {**query, **({"municipality": ["042021"]} if query.get("municipality") else {}), **({"q": ["DX"]} if "q" in query else {})}


def test_schemathesis_finds_no_error(app: BoardApp, board: list[int]) -> None:
    answers = conforms(app, board, 15)
    assert set(answers) == {200, 400, 404}
    assert answers[200] > 40, "mostly errors would prove little"


@pytest.mark.long
def test_schemathesis_finds_no_error_in_a_long_run(app: BoardApp, board: list[int]) -> None:
    assert sum(conforms(app, board, 400).values()) > 2_000


def test_every_address_is_described_and_no_other(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    document = description(client)
    (server,) = document["servers"]
    assert server["url"] == f"{HERE}/api/v1"
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1"): rule.endpoint for rule in rules}
    assert {path: f"api.{one['get']['operationId']}" for path, one in document["paths"].items()} == served


def test_every_parameter_of_the_grammar_is_described_and_each_code_is_accepted(
    app: BoardApp, client: FlaskClient, board: list[int]
) -> None:
    document = description(client)
    described = {one["name"]: one["schema"] for one in document["paths"]["/postings"]["get"]["parameters"]}
    assert set(described) == {*NAMES, "sort", "limit", "cursor"}
    for name, schema in described.items():
        items = schema.get("items", schema)
        listed = document["components"]["schemas"][items["$ref"].rpartition("/")[2]] if "$ref" in items else items
        for code in listed.get("enum", []):
            assert client.get(f"/api/v1/postings?{name}={code}&status=all&limit=1").status_code == 200, (name, code)


def test_the_vocabulary_holds_every_code_of_every_answer(client: FlaskClient, board: list[int]) -> None:
    lists = client.get("/api/v1/vocabulary").json["data"]
    codes = {part: {one["name"]: {value["code"] for value in one["values"]} for one in lists[part]} for part in lists}
    assert set(codes["query"]) >= {"pref", "role", "engagement", "theme", "audience", "remote", "side_job", "pay_unit", "status", "sort"}
    assert len(codes["query"]["pref"]) == 47
    for posting in client.get("/api/v1/postings?status=all").json["data"]:
        assert posting["status"] in codes["answers"]["status"]
        for name, known in codes["fields"].items():
            said = posting["fields"].get(name, {}).get("value") or []
            assert set(said if isinstance(said, list) else [said]) <= known, name


def test_every_public_field_is_described_and_given(client: FlaskClient, board: list[int]) -> None:
    described = description(client)["components"]["schemas"]["Posting"]["properties"]["fields"]["properties"]
    public = [field for field in FIELDS if field.public]
    assert {name: one["title"] for name, one in described.items()} == {field.name: field.label for field in public}
    given = client.get(f"/api/v1/postings/{board[1]}").json["data"]["fields"]
    assert list(given) == [field.name for field in public]


def test_every_example_fits_its_own_description(client: FlaskClient, cast: Cast) -> None:
    document = strict(description(client))
    operations = [path["get"] for path in document["paths"].values()]
    answers = [operation["responses"]["200"] for operation in operations] + list(document["components"]["responses"].values())
    assert len(answers) > 12
    for answer in answers:
        for content in answer["content"].values():
            validator = jsonschema_rs.validator_for({**content["schema"], "components": document["components"]})
            assert [str(error) for error in validator.iter_errors(content["example"])] == []


def test_the_example_is_a_posting_that_could_be_sent_in() -> None:
    content, unread = read(api_samples.typed())
    assert unread == []
    assert [problem.field for problem in completeness.problems(content, now=postings.NOW) if problem.field in api_samples.typed()] == []


def test_the_guide_tells_of_every_operation_parameter_field_and_code(client: FlaskClient, cast: Cast) -> None:
    guide, document = client.get("/api").text, description(client)
    for path, one in document["paths"].items():
        assert f'<h2 id="{one["get"]["operationId"]}">{one["get"]["summary"]}</h2>' in guide
        assert f"<code>{HERE}/api/v1{path}</code>" in guide
        for parameter in one["get"]["parameters"]:
            assert f'id="parameter-{parameter["name"]}"' in guide
    for name in document["components"]["schemas"]["Posting"]["properties"]["fields"]["properties"]:
        assert f"<code>{name}</code>" in guide
    assert "<code>cio_adviser</code> CIO補佐官等(プロデューサー)" in guide
    assert "curl &#39;http://127.0.0.1:8000/api/v1/postings?pref=04" in guide
    assert re.findall(r'(?:src|href)="(?!/|#|https://www\.digital\.go\.jp/)([^"]+)"', guide) == [], "nothing from elsewhere"


NONSENSE = ("%00", "%FF%FE", "😀", "%25", "_", "'", '"', "OR 1=1--", "*" * 99, "あ" * 10_000, "-" * 100, "%0d%0aSet-Cookie: a=b", "NaN", "1e9", " ")
NONSENSICAL = list(itertools.product((*NAMES, "sort", "limit", "cursor", "x[]"), NONSENSE))


def test_nonsense_is_answered_with_a_sentence_or_nothing(client: FlaskClient, board: list[int]) -> None:
    """Each name with a third of it, each piece with a third of the names."""
    answered(client, [pair for number, pair in enumerate(NONSENSICAL) if number % 3 == number // len(NONSENSE) % 3])


@pytest.mark.long
def test_all_nonsense_is_answered_with_a_sentence_or_nothing(client: FlaskClient, board: list[int]) -> None:
    answered(client, NONSENSICAL)


def answered(client: FlaskClient, pairs: list[tuple[str, str]]) -> None:
    paths = itertools.cycle(("postings", "changes"))
    for name, value in pairs:
        address = f"/api/v1/{next(paths)}?{name}={value}"
        response = client.get(address)
        assert response.status_code in (200, 400), address
        assert response.is_json and "Set-Cookie" not in response.headers
    many = "&".join(f"role=x{number}" for number in range(2_000))
    assert client.get(f"/api/v1/postings?{many}").status_code == 400
