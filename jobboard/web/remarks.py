"""A 修正依頼 as it was typed: what is wrong with the whole, and with single fields."""

from flask import request

from jobboard.base.fields import BY_NAME
from jobboard.base.text import clean

REMARK = "remark."
"""Begins the name of the remark on a field: ``remark.title``."""

LONGEST_REMARK = 2_000


def written_remarks() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What was written, (field or "" for the whole, text), and what is wrong with it."""
    reason = clean(request.form.get("reason", ""))
    fields = [(name, clean(request.form.get(REMARK + name, ""))) for name in BY_NAME]
    remarks = [("", reason), *((name, words) for name, words in fields if words)]
    errors = [] if reason else [("reason", "何を直してほしいかを書いてください。")]
    for name, words in remarks:
        if len(words) > LONGEST_REMARK:
            anchor = REMARK + name if name else "reason"
            errors.append((anchor, f"{LONGEST_REMARK:,}字以内で書いてください(今は{len(words):,}字)。"))
    return remarks, errors
