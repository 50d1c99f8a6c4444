"""Floor 1. Law: shapes and constraints only; no query, no decision, no Flask request."""

from jobboard.models.account import Account, Handover, Membership, RecoveryCode, SignIn
from jobboard.models.audit import AuditEntry, AuditNotice, AuditSeal
from jobboard.models.board import Board, Link, Throttle
from jobboard.models.collecting import Fetch, Source, SourceItem
from jobboard.models.columns import Base
from jobboard.models.correction import Correction, Inquiry
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
    SearchDay,
    ViewDay,
)
from jobboard.models.event import ChangeEvent
from jobboard.models.municipality import Municipality, MunicipalityChange
from jobboard.models.posting import Posting, PostingPlace, PostingTheme
from jobboard.models.review import Presence, SavedRemark, Talk
from jobboard.models.subscription import Match, Refused, Subscriber, Subscription
from jobboard.models.version import Attachment, Question, Remark, Version, VersionAttachment
from jobboard.models.words import Announcement, PageText

__all__ = [
    "Account", "Agreement", "Announcement", "Attachment", "Attempt", "AuditEntry", "AuditNotice", "AuditSeal",
    "Base", "Board", "ChangeEvent", "Correction", "CriteriaPlace", "CriteriaPosting", "Delivery", "Fetch", "GrantRule",
    "Handover", "Hold", "Inquiry", "Keywords", "Link", "MailDay", "MailText", "Match", "Membership", "Municipality",
    "MunicipalityChange", "OneTimeCode", "Pace", "PageText", "Posting", "PostingPlace", "PostingTheme",
    "PrefectureRoute", "Presence", "Printout", "Question", "ReadingLink", "RecoveryCode", "Refused", "Remark",
    "Reminder", "SavedRemark", "SearchDay", "SignIn", "Source", "SourceItem", "StoredCriteria", "Subscriber", "Subscription",
    "Talk", "Throttle", "Version", "VersionAttachment", "ViewDay",
]
