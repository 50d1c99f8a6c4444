"""Many values as one parameter: sets of any length that a statement reads like a table, on both databases."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, FromClause, Integer, any_, bindparam, column, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def one_of(
    session: Session, number: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], ids: Sequence[int]
) -> ColumnElement[bool]:
    """``number IN (ids)``."""
    if is_sqlite(session):
        each = func.json_each(literal(json.dumps(ids))).table_valued(column("value", Integer))
        return number.in_(select(each.c.value))
    return number == any_(bindparam(None, list(ids), type_=ARRAY(Integer)))


def rows(session: Session, columns: Mapping[str, tuple[Any, Sequence[Any]]]) -> FromClause:
    """A table of these columns (name to SQL type and values, all of one length). Values are numbers and texts."""
    if is_sqlite(session):
        listed = json.dumps(list(zip(*(values for _, values in columns.values()), strict=True)))
        each = func.json_each(literal(listed)).table_valued(column("value"))
        picked = (func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(columns))
        return select(*picked).subquery()
    arrays = (bindparam(None, list(values), type_=ARRAY(kind)) for kind, values in columns.values())
    named = (column(name, kind) for name, (kind, _) in columns.items())
    return func.unnest(*arrays).table_valued(*named, name="listed").render_derived()
