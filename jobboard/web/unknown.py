"""A condition in a list's address that no list knows: it is not used, and the page says so, on every list of the staff alike."""

from collections.abc import Mapping

from flask import flash

WORDS = "知らない条件は使いませんでした。条件を選び直してください。"


def tell(typed: Mapping[str, str], used: Mapping[str, object]) -> None:
    """``used``: by parameter what was understood of it, empty or None where nothing was."""
    if any(typed.get(name, "").strip() and not value for name, value in used.items()):
        flash(WORDS, "warning")
