"""The migrated schema is the models' schema, on both databases, and goes down to nothing and up again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.schema import SchemaItem

from jobboard import database
from jobboard.domain import publication
from jobboard.models import Agreement, Base, ChangeEvent, Match, Posting
from tests.mailroom import Mailroom
from tests.postings import code_of, municipality, published

SEARCH = "posting_search"
"""Its tables are the full-text engines' own, not the models'."""


def _ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, other: SchemaItem | None) -> bool:
    return kind != "table" or not (name or "").startswith(SEARCH)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = database.create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def down(url: str, revision: str) -> None:
    """Brings the schema back to a revision, as ``database.upgrade`` brings it on."""
    config = database._alembic()
    with connected(url) as connection:
        database._rest_foreign_keys(connection)
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "include_object": _ours, "render_as_batch": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def test_the_migrated_schema_is_the_models_schema_and_a_further_upgrade_changes_nothing(database_url: str) -> None:
    database.upgrade(database_url)
    with connected(database_url) as connection:
        assert _differences(connection) == []
        present, newest = database.revision_state(connection)
        assert present == newest and present is not None
        names = {key["name"] for key in inspect(connection).get_foreign_keys("posting")}
        assert {"fk_posting_current_id_version", "fk_posting_pending_id_version"} <= names
        assert connection.exec_driver_sql("SELECT count(*) FROM board").scalar() == 1


def test_the_schema_goes_down_to_nothing_and_up_again(database_url: str) -> None:
    down(database_url, "base")
    with connected(database_url) as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    database.upgrade(database_url)
    with connected(database_url) as connection:
        assert set(Base.metadata.tables) <= set(inspect(connection).get_table_names())


def _codes(words: object) -> set[str]:
    return set(re.findall(r"'([a-z_]+)'", str(words)))


def test_the_migrated_tables_take_exactly_the_codes_of_the_closed_lists(database_url: str) -> None:
    with connected(database_url) as connection:
        inspector = inspect(connection)
        for table in Base.metadata.tables.values():
            checks = [one for one in table.constraints if isinstance(one, CheckConstraint)]
            found = {one["name"]: _codes(one["sqltext"]) for one in inspector.get_check_constraints(table.name)}
            assert found == {str(one.name): _codes(one.sqltext) for one in checks}, table.name


def test_a_table_that_is_copied_to_change_it_keeps_what_points_to_it(mailroom: Mailroom, database_url: str) -> None:
    """On SQLite; else every reader would be mailed again what they were mailed before."""
    mailroom.subscribed()
    with mailroom.writing() as session:
        published(session, municipality(), now=mailroom.clock())
    assert len(mailroom.run()) == 1
    down(database_url, "0001")
    database.upgrade(database_url)
    with mailroom.writing() as session:
        assert session.scalars(select(Match.delivery_id)).all() == [1]
    assert mailroom.run() == []


def test_what_is_public_as_a_joint_recruitment_stays_so(mailroom: Mailroom, database_url: str) -> None:
    """Those whom readers saw named before there were agreements count as having agreed; nobody else does."""
    place, other = municipality(), municipality("14380", "港町")
    with mailroom.writing() as session:
        session.add(other)
        session.flush()
        joint = published(session, place, co_municipalities=(other.code,)).id
        published(session, place)
    down(database_url, "0004")
    database.upgrade(database_url)
    with mailroom.writing() as session:
        found = session.scalars(select(Agreement)).all()
        assert [(one.posting_id, one.municipality_code) for one in found] == [(joint, code_of("14380"))]
        assert found[0].agreed_at is not None and found[0].asked_at == found[0].agreed_at


def test_a_link_alone_that_ended_before_says_no_more_than_one_that_ends_now(mailroom: Mailroom, database_url: str) -> None:
    with mailroom.writing() as session:
        one = published(session, municipality(), now=mailroom.clock())
        publication.withdraw(session, one, reason="掲載をやめました", by=None, now=mailroom.clock.forward(hours=1))
        assert one.current is not None
        one.link_only, one.current.content = True, {"title": "CIO補佐官の募集", "official_url": "https://www.aoba.example.jp/cio"}
        session.execute(update(ChangeEvent).values(material=False, matched_at=mailroom.clock()))
    engine, config = database.create_engine(database_url), database._alembic()
    with engine.connect() as connection:
        database._rest_foreign_keys(connection)
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
        connection.commit()
    engine.dispose()
    database.upgrade(database_url)
    with mailroom.writing() as session:
        one = session.scalars(select(Posting)).one()
        assert one.current is not None and one.current.content == {"title": "CIO補佐官の募集", "official_url": ""}
        assert (one.outcome, one.info_as_of) == (None, None)
        assert session.scalars(select(ChangeEvent.material).order_by(ChangeEvent.id)).all() == [False, True]
