"""掲載規約: accepted once per municipality and version, by its first submission; the page says so above the button."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.domain import audit
from jobboard.models import Account, Municipality

VERSION = "2026-04-01"
"""The version whose text stands in templates/desk/terms.html; a new one is asked for again."""


def are_accepted(municipality: Municipality) -> bool:
    """Whether the present version was accepted for the municipality."""
    return municipality.terms_version == VERSION


def accept(session: Session, municipality: Municipality, *, by: Account, now: datetime) -> None:
    """Records who accepted the present version for the municipality, and when; the first time only."""
    if are_accepted(municipality):
        return
    municipality.terms_version, municipality.terms_accepted_at = VERSION, now
    audit.record(session, "municipality:accept_terms", "municipality", municipality.code, by=by, now=now, version=VERSION)
