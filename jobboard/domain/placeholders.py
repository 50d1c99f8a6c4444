"""Where a link will stand in a mail, until it is made at the sending (decisions.md, Tokens).

Mails also hold text that others wrote. A placeholder bears what they cannot know: while a mail is written a secret of this
process, and once it is a row that row's own Message-ID, drawn after the text was. Anything else stays text.
"""

import re
import secrets
from collections.abc import Iterable

_SECRET = secrets.token_hex(16)


def mark(name: str) -> str:
    """A mark in a text that several readers share; it is replaced by the placeholder of each."""
    return f"{{{{{_SECRET}-{name}}}}}"


def place(purpose: str, subject_id: int, generation: int) -> str:
    """The placeholder of one link, for a text that ``seal`` will bind to its row."""
    return f"{{{{{_SECRET}:{purpose}:{subject_id}:{generation}}}}}"


def seal(words: str, message_id: str) -> str:
    """Binds the placeholders to the row of this Message-ID; the process's secret is stored nowhere."""
    return words.replace(f"{{{{{_SECRET}:", f"{{{{{message_id}:")


def pattern(message_id: str, purposes: Iterable[str]) -> re.Pattern[str]:
    """Finds (purpose, subject id, generation) in what was sealed for this row."""
    return re.compile(
        rf"\{{\{{{re.escape(message_id)}:({'|'.join(purposes)}):([0-9]{{1,15}}):([0-9]{{1,9}})\}}\}}"
    )
