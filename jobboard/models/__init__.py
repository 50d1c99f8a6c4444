"""Floor 1. Law: shapes and constraints only; no query, no decision, no Flask request."""

from jobboard.models.account import Account, Membership
from jobboard.models.audit import AuditEntry
from jobboard.models.board import Board, Link, Throttle
from jobboard.models.columns import Base
from jobboard.models.correction import Correction
from jobboard.models.criteria import CriteriaPlace, CriteriaPosting, Keywords, StoredCriteria
from jobboard.models.delivery import Attempt, Delivery, Hold, MailDay, MailText, Pace
from jobboard.models.desk import (
    Agreement,
    GrantRule,
    OneTimeCode,
    PrefectureRoute,
    Printout,
    ReadingLink,
    Reminder,
    ViewDay,
)
from jobboard.models.event import ChangeEvent
from jobboard.models.municipality import Municipality
from jobboard.models.posting import Posting, PostingPlace, PostingTheme
from jobboard.models.subscription import Match, Refused, Subscriber, Subscription
from jobboard.models.version import Attachment, Question, Remark, Version, VersionAttachment

__all__ = [
    "Account", "Agreement", "Attachment", "Attempt", "AuditEntry", "Base", "Board", "ChangeEvent", "Correction",
    "CriteriaPlace", "CriteriaPosting", "Delivery", "GrantRule", "Hold", "Keywords", "Link", "MailDay", "MailText",
    "Match", "Membership", "Municipality", "OneTimeCode", "Pace", "Posting", "PostingPlace", "PostingTheme",
    "PrefectureRoute", "Printout", "Question", "ReadingLink", "Refused", "Remark", "Reminder", "StoredCriteria",
    "Subscriber", "Subscription", "Throttle", "Version", "VersionAttachment", "ViewDay",
]
