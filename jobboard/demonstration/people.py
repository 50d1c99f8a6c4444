"""The people of the demonstration: staff who can sign in, and readers who are told of new postings."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from jobboard.base.states import AccountRole, EventKind, Frequency, SubscriptionState
from jobboard.demonstration.content import Town
from jobboard.domain import accounts, consent, criteria, storing, subscriptions
from jobboard.domain.addresses import address_key
from jobboard.domain.passwords import Passwords
from jobboard.models import Account, Municipality, Subscriber, Subscription

PASSWORD = "mihon-2026-aoba"
"""Printed at every start of the demonstration. It opens nothing else: a real installation refuses this database."""

ADMINISTRATOR = ("admin@soumu.example.jp", "鈴木 和子")
PREFECTURE = ("prefecture@miyagi.example.jp", "伊藤 健")
MODERATOR = ("moderator@soumu.example.jp", "佐藤 一郎")
SHOWN = (
    ("editor@aoba.example.jp", "自治体担当者(青葉市)"),
    ("editor@minato.example.jp", "自治体担当者(港町)"),
    (PREFECTURE[0], "都道府県担当者(宮城県)"),
    (MODERATOR[0], "掲載確認担当"),
    (ADMINISTRATOR[0], "管理者"),
)
"""The accounts that are worth trying, with what each is."""

_EVERYTHING = subscriptions.KINDS
_NEW_ONLY = (EventKind.PUBLISHED, EventKind.REOPENED)
READERS: tuple[tuple[str, str, str, Sequence[EventKind], Frequency], ...] = (
    ("tanaka@example.jp", "", "role=cio_adviser", _EVERYTHING, Frequency.AT_ONCE),
    ("tanaka@example.jp", "", "pref=04&pref=05&remote=mostly&remote=fully", _EVERYTHING, Frequency.DAILY),
    ("yamada.digital@example.jp", "", "side_job=only&side_job=yes&pay_unit=day&pay_min=25000", _NEW_ONLY, Frequency.DAILY),
    ("recruit@kigyo.example.jp", "架空デジタル株式会社", "audience=company&audience=both", _EVERYTHING, Frequency.AT_ONCE),
    ("kobayashi@example.jp", "", "q=セキュリティ", _NEW_ONLY, Frequency.WEEKLY),
    ("everything@example.jp", "", "", _EVERYTHING, Frequency.WEEKLY),
)
"""Address, company, criteria as a query, what to be told of, how often."""


class _OneHash(Passwords):
    """One password for all means one hash for all: twenty hashes would cost seconds at the first start."""

    def __init__(self, hashing: Passwords) -> None:
        super().__init__()
        self._hashing = hashing

    @cached_property
    def _hash(self) -> str:
        return self._hashing.hash(PASSWORD)

    def hash(self, password: str) -> str:
        return self._hash if password == PASSWORD else self._hashing.hash(password)


class Staff:
    """Makes accounts as they are made in life: invited by an administrator, accepted with a name and a password."""

    def __init__(self, session: Session, hashing: Passwords, *, now: datetime) -> None:
        self._session, self._hashing, self._now = session, _OneHash(hashing), now
        self.administrator = self._account(*ADMINISTRATOR, AccountRole.ADMINISTRATOR)
        self.moderator = self._account(*MODERATOR, AccountRole.MODERATOR)
        self._account(*PREFECTURE, AccountRole.PREFECTURE, pref_code="04")

    def editor(self, town: Town, municipality: Municipality) -> Account:
        """The editor of a municipality."""
        return self._account(town.email, town.editor, AccountRole.EDITOR, municipality)

    def _account(
        self,
        address: str,
        name: str,
        role: AccountRole,
        municipality: Municipality | None = None,
        pref_code: str | None = None,
    ) -> Account:
        by = getattr(self, "administrator", None)
        account = accounts.invite(
            self._session, address, role, municipality=municipality, pref_code=pref_code, by=by, now=self._now
        )
        accounts.accept(
            self._session, account, name=name, password=PASSWORD, hashing=self._hashing, now=self._now
        )
        return account


def subscribe_readers(session: Session, *, now: datetime) -> int:
    """Confirmed subscriptions that begin now: what happened before is told to nobody."""
    people: dict[str, Subscriber] = {}
    for address, company, query, kinds, frequency in READERS:
        person = people.get(address)
        if person is None:
            key = address_key(address)
            person = people[address] = Subscriber(address=address, address_key=key, company=company, created_at=now)
            session.add(person)
        person.subscriptions.append(
            Subscription(
                criteria=storing.of(session, subscriptions.as_stored(criteria.parse_stored(query))),
                kinds=subscriptions.read_kinds(kinds),
                frequency=frequency,
                state=SubscriptionState.ACTIVE,
                created_at=now,
                confirmed_at=now,
                consent_version=consent.VERSION,
            )
        )
    session.flush()
    return len(READERS)
