"""The audit as a file: CSV for Excel, or one JSON object a line for programs."""

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence

from jobboard.domain import audit_reading
from jobboard.models import AuditEntry, AuditSeal
from jobboard.web.table import Encoding, sheet

Batch = Sequence[tuple[AuditEntry, str, AuditSeal | None]]


def csv(batches: Iterable[Batch]) -> Iterator[bytes]:
    """A table with a BOM, a piece for each batch after the titles."""
    yield codecs.BOM_UTF8 + sheet([audit_reading.HEADS], Encoding.UTF_8)
    for batch in batches:
        yield sheet((audit_reading.cells(*row) for row in batch), Encoding.UTF_8)


def json_lines(batches: Iterable[Batch]) -> Iterator[bytes]:
    """A line for each entry, a piece for each batch."""
    for batch in batches:
        yield "".join(f"{json.dumps(audit_reading.record(*row), ensure_ascii=False)}\n" for row in batch).encode()
