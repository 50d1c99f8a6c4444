"""Texts of a 修正依頼 that the ministry's people use again."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.domain import saved_remarks
from jobboard.models import Account

TEXTS = (
    ("", "{項目}を、応募する人が想像できるように、具体的に書いてください。"),
    ("", "募集ページがまだ公開されていないようです。公開の予定日をお知らせください。"),
    ("title", "役割が分かる言葉を、題名に入れてください。"),
    ("duties", "担当する課と、一緒に働く人の数を書き添えてください。"),
    ("pay_low", "日額か月額かが、本文と合っていないようです。どちらかにそろえてください。"),
)
"""Field (empty: for the whole, or for every field), text."""


def remember(session: Session, *, by: Account, now: datetime) -> None:
    """Keeps them."""
    for field, text in TEXTS:
        saved_remarks.save(session, field, text, by=by, now=now)
