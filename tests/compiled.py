"""Statements are compiled once for all databases of a test run, as they are once for all requests of a real one.

Each test has an engine of its own, and would compile every statement anew: a sixth of the time of web tests.
"""

from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

_shared: dict[type, LRUCache[Any, Any]] = {}


def _cache(engine: Engine) -> LRUCache[Any, Any]:
    kind = type(engine.dialect)
    if kind not in _shared:
        _shared[kind] = LRUCache(5_000)
    return _shared[kind]


def _keep(engine: Engine, own: object) -> None:
    """The engine's own cache is not used."""


def pytest_configure() -> None:
    Engine._compiled_cache = property(_cache, _keep)  # type: ignore[assignment]
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # the keys of the cache begin with the engine's dialect
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
