"""Full-text search with one truth in two readings: ``found`` in Python, ``matches`` and ``holding`` in SQL.

The index holds one token per two neighbouring units of the folded text and one per unit, spelled in plain letters, so that
neither FTS5's tokenizer nor PostgreSQL's parser has anything to decide. Nothing typed reaches either query language.
Postings that are over lie on a shelf of their own: two thirds of all, which nearly no search wants to see.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from jobboard.base.text import units
from jobboard.domain.documents import document as document
from jobboard.domain.words import LONGEST, Word
from jobboard.domain.words import parse_words as parse_words

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LATIN = "abcdefghijklmnopqrstuvwxyz0123456789+#/&.'_-"
_LONG_TOKEN = 32
_END, _ALONE = "z", "u"
SHELVES = ("posting_search", "posting_search_over")
"""SQLite's tables: postings that are published, and postings that are over. On PostgreSQL a column tells them apart."""

_MOST_PER_LEXEME = 256
"""A tsvector forgets further positions of a lexeme; the document goes on in another row then."""


def found(document: Sequence[str], words: Sequence[Word]) -> bool:
    """The Python reading: each word stands within one of the folded fields, each excluded one in none."""
    return all(_stands(document, word) is not word.excluded for word in words)


def _stands(document: Sequence[str], word: Word) -> bool:
    return any(form in field for form in word.forms for field in document)


def matches(posting_id: sa.SQLColumnExpression[int], words: Sequence[Word]) -> sa.ColumnElement[bool]:
    """The SQL reading of ``found``, as a condition on the id of a posting."""
    clauses = []
    for word in words:
        clause: sa.ColumnElement[bool] = _Holds(posting_id, sa.literal(word.forms, _Forms()))
        clauses.append(sa.not_(clause) if word.excluded else clause)
    return sa.and_(sa.true(), *clauses)


def holding(session: Session, word: Word, *, over: bool) -> list[int]:
    """The ids of the published (or the over) postings that hold a form of ``word``, whether or not it excludes them."""
    side = _HOLDING["sqlite" if _is_sqlite(session) else "postgresql"][over]
    found = session.scalar(side, {"forms": word.forms})
    if isinstance(found, str):  # a text is read in a third of the time of as many rows
        return [int(one) for one in found.split(",")]
    return found or []


def _holding(statement: str) -> sa.TextClause:
    return sa.text(statement).bindparams(sa.bindparam("forms", type_=_Forms()))


def index(session: Session, posting_id: int, document: Sequence[str]) -> None:
    """Replaces what the index holds of a published posting, whose row must be flushed."""
    remove(session, posting_id)
    fields = [*(_tokens(field) for field in document), _alone(document)]
    if _is_sqlite(session):
        tokens = " ".join(token for field in fields for token in field)
        session.execute(_INSERT_SQLITE, {"id": posting_id, "tokens": tokens})
        return
    for part, tokens_of_part in enumerate(_parts(fields)):
        literal = " ".join(f"{token}:{position}" for position, token in enumerate(tokens_of_part, 1))
        session.execute(_INSERT_POSTGRESQL, {"id": posting_id, "part": part, "tokens": literal})


def put_away(session: Session, posting_id: int) -> None:
    """Moves a posting that has ended to the shelf of those that are over."""
    for statement in _PUT_AWAY["sqlite" if _is_sqlite(session) else "postgresql"]:
        session.execute(sa.text(statement), {"id": posting_id})


def remove(session: Session, posting_id: int) -> None:
    """Takes a posting out of the index."""
    column, tables = ("rowid", SHELVES) if _is_sqlite(session) else ("posting_id", SHELVES[:1])
    for table in tables:
        session.execute(sa.text(f"DELETE FROM {table} WHERE {column} = :id"), {"id": posting_id})


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


_INSERT_SQLITE = sa.text("INSERT INTO posting_search (rowid, tokens) VALUES (:id, :tokens)")
_INSERT_POSTGRESQL = sa.text(
    "INSERT INTO posting_search (posting_id, part, over, tokens) VALUES (:id, :part, false, CAST(:tokens AS tsvector))"
)
_PUT_AWAY = {
    "sqlite": (
        "INSERT INTO posting_search_over (rowid, tokens) SELECT rowid, tokens FROM posting_search WHERE rowid = :id",
        "DELETE FROM posting_search WHERE rowid = :id",
    ),
    "postgresql": ("UPDATE posting_search SET over = true WHERE posting_id = :id",),
}


def _alone(document: Sequence[str]) -> list[str]:
    """A token for each unit that occurs, so that a search for one character need not read every pair that begins with it."""
    return [_ALONE + _spell(unit) for unit in dict.fromkeys(unit for field in document for unit in units(field)) if unit != " "]


def _tokens(folded: str) -> list[str]:
    """One token per unit: its spelling and that of the next one, or the end mark."""
    spelled = [_spell(unit) for unit in units(folded)]
    return [one + two for one, two in zip(spelled, [*spelled[1:], _END], strict=False)]


@lru_cache(maxsize=8_192)
def _spell(unit: str) -> str:
    """A unit in lower-case letters; no spelling is the beginning of another, so a prefix query is exact.

    a-d and three letters: U+0000 to U+FFFF. e-g and four: beyond. l…zz: a Latin token. n: a long one, by digest.
    w: a space.
    """
    if unit == " ":
        return "w"
    if unit[0] == "\x01":
        return _spell_latin(unit[1:-1])
    code = ord(unit)
    return _digits(code, 4) if code < 0x10000 else _digits(code - 0x10000 + 4 * 26**4, 5)


def _spell_latin(token: str) -> str:
    if len(token) > _LONG_TOKEN:
        return "n" + _digits(int.from_bytes(hashlib.sha256(token.encode()).digest()[:16]), 28)
    return "l" + "".join(_digits(_LATIN.index(character), 2) for character in token) + "zz"


def _digits(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 26)
        digits.append(_LETTERS[digit])
    return "".join(reversed(digits))


def _parts(fields: list[list[str]]) -> Iterator[list[str]]:
    """All tokens in rows in which none occurs too often; a new row repeats as much of a field as a phrase is long."""
    part: list[str] = []
    counts: Counter[str] = Counter()
    for field in fields:
        for position, token in enumerate(field):
            if counts[token] >= _MOST_PER_LEXEME:
                yield part
                part = field[max(0, position - LONGEST) : position]
                counts = Counter(part)
            part.append(token)
            counts[token] += 1
    if part:
        yield part


class _Forms(sa.types.TypeDecorator[tuple[str, ...]]):
    """The forms of a word in the database's own full-text language: letters, quotes and operators of ours only."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        spell = _sqlite_phrase if dialect.name == "sqlite" else _postgresql_phrase
        between = " OR " if dialect.name == "sqlite" else " | "
        return between.join(spell(form) for form in value or ())


def _sqlite_phrase(form: str) -> str:
    tokens = _tokens(form)
    return _ALONE + _spell(form) if len(tokens) == 1 else f'"{" ".join(tokens[:-1])}"'


def _postgresql_phrase(form: str) -> str:
    tokens = _tokens(form)
    return _ALONE + _spell(form) if len(tokens) == 1 else f"({' <-> '.join(tokens[:-1])})"


_HOLDING = {
    "sqlite": [
        _holding(f"SELECT group_concat(rowid) FROM (SELECT rowid FROM {table} WHERE {table} MATCH :forms)")
        for table in SHELVES
    ],
    "postgresql": [
        _holding(f"SELECT array_agg(DISTINCT posting_id) FROM posting_search WHERE {side} AND tokens @@ CAST(:forms AS tsquery)")
        for side in ("NOT over", "over")
    ],
}
"""By whether the posting is over."""


class _Holds(sa.sql.functions.FunctionElement[bool]):
    """Whether the posting of an id holds one of the forms; the databases name column and operator differently."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(_Holds, "sqlite")
def _holds_sqlite(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    posting_id, forms = element.clauses
    found = " UNION ALL ".join(
        f"SELECT rowid FROM {table} WHERE {table} MATCH {compiler.process(forms, **options)}" for table in SHELVES
    )
    return f"{compiler.process(posting_id, **options)} IN ({found})"


@compiles(_Holds, "postgresql")
def _holds_postgresql(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    posting_id, forms = (compiler.process(part, **options) for part in element.clauses)
    return f"{posting_id} IN (SELECT posting_id FROM posting_search WHERE tokens @@ CAST({forms} AS tsquery))"
