"""One story in which the service writes a mail of every kind, for tests that look at all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from jobboard.base.letter import Letter
from jobboard.base.states import AccountRole, ClosedReason, DeliveryKind, EventKind, ExtensionReason, Frequency, Remedy
from jobboard.database import Writing, create_engine
from jobboard.domain import accounts, answering, moderation, notices, publication, subscriptions, welcoming
from jobboard.domain.criteria import parse_stored
from jobboard.mailer import MemoryMailer
from jobboard.models import Delivery, Hold, Posting, Subscriber, Subscription
from jobboard.steps import Steps
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.mailroom import LETTERHEAD, link
from tests.stories import amended, asked_about, published, submitted

BASE, SITE = LETTERHEAD.base_url, LETTERHEAD.site
LATER = datetime(2026, 6, 12, 8, 0, tzinfo=UTC)
TANAKA, SUZUKI = "tanaka@reader.jp", "suzuki@reader.jp"


@dataclass
class Story:
    """A town, its readers, and what left, by kind. ``tell`` plays it all."""

    app: BoardApp
    cast: Cast
    steps: Steps
    mailer: MemoryMailer
    clock: Clock
    letters: dict[DeliveryKind, list[Letter]] = field(default_factory=dict)

    def send(self) -> None:
        """Lets everything leave that is due, and sorts it by kind."""
        seen = len(self.mailer.letters)
        self.steps.pump()
        with self.app.app_context(), Writing() as session:
            kinds = dict(session.execute(select(Delivery.message_id, Delivery.kind)).all())
        for letter in self.mailer.letters[seen:]:
            self.letters.setdefault(kinds[letter.message_id.partition("@")[0]], []).append(letter)
        self.clock.forward(hours=1)

    def subscribe(self, address: str, query: str) -> None:
        """Asks, and presses the button in the mail."""
        with self.app.app_context(), Writing() as session:
            subscriptions.subscribe(
                session, address, parse_stored(query), subscriptions.KINDS, Frequency.AT_ONCE,
                letterhead=LETTERHEAD, now=self.clock(),
            )  # fmt: skip
        self.send()
        with self.app.app_context(), Writing() as session:
            asked = session.scalars(select(Subscription).order_by(Subscription.id.desc())).first()
            assert asked is not None
            subscriptions.confirm(session, link("confirm", asked.id, asked.link_generation), now=self.clock())
        self.clock.forward(minutes=1)

    def tell(self) -> "Story":
        """Readers, staff, and the life of two postings."""
        for address, query in ((SUZUKI, "q=推進"), (TANAKA, "pref=04"), (TANAKA, "role=cio_adviser"), (TANAKA, "pref=04")):
            self.subscribe(address, query)
        with self.app.app_context(), Writing() as session:
            reader = session.scalars(select(Subscriber).where(Subscriber.address == SUZUKI)).one()
            subscriptions.renew_link(session, reader, letterhead=LETTERHEAD, now=self.clock())
            welcoming.too_many(session, reader, 30, letterhead=LETTERHEAD, now=self.clock())
        self._staff()
        first, second = self._life()
        with self.app.app_context(), Writing() as session:
            posting = session.get_one(Posting, first)
            request = asked_about(session, posting, now=self.clock(), address=TANAKA)
            by = self.cast.account("sato")
            reason = "公式ページの締切と違います。" * 5
            answering.answer(
                session, request, remedy=str(Remedy.STOPPED), reason=reason, by=by, letterhead=LETTERHEAD, now=self.clock()
            )
            posting = session.get_one(Posting, second)
            hold = Hold(made_at=self.clock(), waiting=30_000, today=25_000, limit=50_000)
            notices.held(session, hold, [(posting, EventKind.CLOSED, 30_000)], base_url=BASE, site=SITE, now=self.clock())
            publication.close(session, posting, reason=ClosedReason.FILLED, by=None, now=self.clock())
        self.send()
        return self

    def _staff(self) -> None:
        where = {"base_url": BASE, "site": SITE, "now": self.clock()}
        with self.app.app_context(), Writing() as session:
            invited = accounts.invite(session, "new@soumu.go.jp", AccountRole.MODERATOR, by=None, now=self.clock())
            notices.invitation(session, invited, **where)
            notices.password_reset(session, [self.cast.account("sato")], **where)
            posting = submitted(session, self.cast, now=self.clock(), title="データ分析の助言" + "あ" * 60)
            notices.submitted(session, posting, **where)
            assert posting.pending is not None
            remarks = [("duties", "業務の内容をもう少し具体的に書いてください。" * 3), ("", "全体に。")]
            moderation.ask_correction(
                session, posting, version_id=posting.pending.id, remarks=remarks, by=self.cast.account("sato"), now=self.clock()
            )
            notices.returned(session, posting, remarks, **where)
        self.send()

    def _life(self) -> tuple[int, int]:
        with self.app.app_context(), Writing() as session:
            first, second = (
                published(session, self.cast, now=self.clock(), title=title, place=place)
                for title, place in (("CIO補佐官(全庁DX推進)", "aoba"), ("窓口のDX推進 " + "long" * 12, "minato"))
            )
            notices.published(session, first, base_url=BASE, site=SITE, now=self.clock())
            numbers = first.id, second.id
        self.send()
        with self.app.app_context(), Writing() as session:
            posting = session.get_one(Posting, numbers[0])
            amended(session, posting, self.cast, now=self.clock(), pay_low="30000", summary="日額を引き上げました")
            assert posting.pending is not None
            moderation.publish(session, posting, version_id=posting.pending.id, by=self.cast.account("sato"), now=self.clock())
        self.send()
        with self.app.app_context(), Writing() as session:
            posting, reason = session.get_one(Posting, numbers[0]), ExtensionReason.FEW_APPLICANTS
            publication.extend(session, posting, until=LATER, reason=reason, by=None, now=self.clock())
        self.send()
        return numbers


@pytest.fixture
def untold(app: BoardApp, cast: Cast, database_url: str, clock: Clock) -> Iterator[Story]:
    """The stage of the story, for another one."""
    mailer = MemoryMailer()
    steps = Steps(create_engine(database_url), mailer, LETTERHEAD, owner="worker", clock=clock)
    yield Story(app, cast, steps, mailer, clock)
    steps.close()


@pytest.fixture
def story(untold: Story) -> Story:
    return untold.tell()



class Told:
    """The story's letters, told once for all tests of a process that only read them; on SQLite."""

    letters: dict[DeliveryKind, list[Letter]] | None = None


@pytest.fixture
def letters(request: pytest.FixtureRequest) -> dict[DeliveryKind, list[Letter]]:
    """Ask for it together with ``on_sqlite``."""
    if Told.letters is None:
        story: Story = request.getfixturevalue("story")
        Told.letters = story.letters
    return Told.letters


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
