"""Whom the ministry calls in a municipality: a section, its telephone number and address. Never public."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, Problem
from jobboard.base.fields import BY_NAME
from jobboard.base.reading import read_field
from jobboard.base.text import clean
from jobboard.base.unreadable import Unreadable
from jobboard.domain import audit
from jobboard.domain.addresses import read_address
from jobboard.models import Account, Municipality

FIELDS = ("contact_section", "contact_phone", "contact_email")
LONGEST_SECTION = 80


def set_contact(session: Session, place: Municipality, typed: Mapping[str, str], *, by: Account, now: datetime) -> bool:
    """Whether anything changed; an empty field forgets. Raises ``Incomplete``. The audit names the fields, not their values."""
    problems: list[Problem] = []
    section = " ".join(clean(typed.get("contact_section", "")).split())
    if len(section) > LONGEST_SECTION:
        problems.append(Problem("contact_section", f"{LONGEST_SECTION}字以内で書いてください(今は{len(section)}字)。"))
    phone = email = ""
    try:
        phone = str(read_field(BY_NAME["contact_tel"], {"contact_tel": [typed.get("contact_phone", "")]}) or "")
    except Unreadable as unreadable:
        problems.append(Problem("contact_phone", str(unreadable)))
    if clean(typed.get("contact_email", "")):
        try:
            email = read_address(typed["contact_email"], field="contact_email")
        except Incomplete as wrong:
            problems += wrong.problems
    if problems:
        raise Incomplete(problems)
    read = dict(zip(FIELDS, (section, phone, email), strict=True))
    changed = [name for name, value in read.items() if getattr(place, name) != value]
    for name in changed:
        setattr(place, name, read[name])
    if changed:
        audit.record(session, "municipality:edit", "municipality", place.code, by=by, now=now, fields=changed)
        session.flush()
    return bool(changed)
