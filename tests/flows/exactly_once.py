"""Everything that can happen between a posting and a reader, in any order, as a machine for Hypothesis to drive."""

import re
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jobboard.base.clock import end_of, japan_date
from jobboard.base.errors import Incomplete
from jobboard.base.states import AccountRole, ClosedReason, EventKind, ExtensionReason, Frequency, State
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.domain import bounces, leaving, moderation, narrowing, publication, switch, versions
from jobboard.domain.criteria import parse_stored
from jobboard.models import ChangeEvent, Delivery, Posting, Subscriber, Subscription
from tests import postings
from tests.cast import person, place
from tests.flows.interleaving import Point, Reply
from tests.flows.stage import ADDRESSES, KINDS, PLACES, QUERIES, Stage, deadline
from tests.flows.wishes import Person

NUMBER = st.integers(0, 23)
STEPS = ("pump", "pump", "pump", "match", "compose", "deliver")
ANSWERS = (None, None, *Reply)
MOVES = ("extend", "close", "withdraw", "answer")
CHANGES = ("pay", "phone", "both", "title")
ENDS = ("leave", "leave", "leave all", "refuse", "refuse", "allow", "forget", "bounce")
JUMPS = ({"minutes": 2}, {"minutes": 10}, {"hours": 2}, {"hours": 16}, {"days": 4}, {"minutes": -3})
MOST = 5
"""Postings of one run."""

ACTS = (
    "publish", "amend", "amend", "move_on", "move_on", "register", "register", "follow_a_link", "change", "pause", "go",
    "work", "work", "work", "work_a_while", "work_a_while", "work_and_die", "work_and_die", "outlast_the_lease",
    "answer_of_the_mail_server", "throw_the_switch", "see_again", "clock_jumps",
)  # fmt: skip
"""What may happen next, the more often the oftener it is named."""



def point(number: int) -> tuple[Point, int]:
    """One of the points of a step; the first ones more often."""
    kinds = list(Point)
    return kinds[number % len(kinds)], 1 + number // (2 * len(kinds))


class ExactlyOnce(Stage):
    """What people, workers, the mail server and the clock do."""

    # What stands at the beginning

    @initialize(readers=st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), min_size=2, max_size=4))
    def opening(self, readers: list[tuple[int, int, int, int]]) -> None:
        with self.desk.transaction() as session:
            postings.board(session)
            session.add(place("042021", "04", "宮城県", "青葉市", "あおばし", MunicipalityKind.CITY, "https://www.city.aoba.lg.jp/"))
            session.add(place("143014", "14", "神奈川県", "港町", "みなとまち", MunicipalityKind.TOWN, "https://www.town.minato.lg.jp/"))
            session.flush()
            session.add(person("editor@city.aoba.lg.jp", "青葉 花子", AccountRole.EDITOR, municipality="042021"))
            session.add(person("sato@soumu.go.jp", "佐藤 恵", AccountRole.MODERATOR))
        for who, query, kinds, frequency in readers:
            self.request(who, query, kinds, 8 * frequency)
        self.clock.forward(minutes=1)
        self.publish_call(0, 9, 0)

    @rule(act=st.sampled_from(ACTS), a=NUMBER, b=NUMBER, c=NUMBER, d=NUMBER)
    def then(self, act: str, a: int, b: int, c: int, d: int) -> None:
        """One rule for all acts: of many rules Hypothesis would leave most out in each example, and little would happen."""
        getattr(self, act)(a, b, c, d)

    # The municipality

    def publish(self, where: int, days: int, words: int, *_: int) -> None:
        if len(self.calls) < MOST:
            return self.publish_call(where, 1 + days, words)
        self.amend(where, days, words)

    def amend(self, which: int, chosen: int, *rest: int) -> None:
        what = CHANGES[chosen % len(CHANGES)]
        call = self.call(which, State.PUBLISHED, is_open=True)
        if call is None:
            return None if len(self.calls) == MOST else self.publish(which, chosen, *rest)
        self.amendments += 1
        pay, phone = [str(20_000 + 7_001 * (self.amendments % 3) + self.amendments)], [f"022-000-{self.amendments:04}"]
        call.typed |= {
            "pay": {"pay_low": pay},
            "phone": {"contact_tel": phone},
            "both": {"pay_low": pay, "contact_tel": phone},
            "title": {"title": [f"統計の助言者 第{self.amendments}号"]},
        }[what]
        with self.desk.transaction() as session:
            posting, now = session.get_one(Posting, call.id), self.clock()
            posting.draft = dict(call.typed)
            session.flush()
            moderation.submit(session, posting, by=self.account(session, "editor"), now=now, summary="直しました")
            self.look_at(session, posting)
        self.expect(call, EventKind.AMENDED, material=what != "phone")

    def move_on(self, which: int, chosen: int, days: int, _: int) -> None:
        """What is closed is opened again first of all."""
        act = MOVES[chosen % len(MOVES)]
        over = self.call(which, State.CLOSED, State.WITHDRAWN)
        call = over or self.call(which, State.PUBLISHED, is_open=act == "extend")
        if call is None:
            return None if len(self.calls) == MOST else self.publish(which, chosen, days)
        now, until = self.clock(), deadline(self.clock() if over else call.apply_by, 1 + days)
        with self.desk.transaction() as session:
            posting, editor = session.get_one(Posting, call.id), self.account(session, "editor")
            if over:
                kind = EventKind.REOPENED
                publication.reopen(session, posting, until=until, by=editor, now=now)
            elif act == "extend":
                kind, reason = EventKind.EXTENDED, ExtensionReason.HOLIDAYS
                publication.extend(session, posting, until=until, reason=reason, by=editor, now=now)
            elif act == "close":
                kind, reason = EventKind.CLOSED, ClosedReason.FILLED
                publication.close(session, posting, reason=reason, by=editor, now=now)
            elif act == "withdraw":
                kind = EventKind.WITHDRAWN
                publication.withdraw(session, posting, reason="予算がつきませんでした", by=editor, now=now)
            else:
                kind = EventKind.ANSWERED
                versions.announce(session, posting, kind, previous=posting.current, now=now)
        call.state = {EventKind.CLOSED: State.CLOSED, EventKind.WITHDRAWN: State.WITHDRAWN}.get(kind, State.PUBLISHED)
        if kind in (EventKind.REOPENED, EventKind.EXTENDED):
            self.put_off(call, until)
        self.expect(call, kind)

    # The reader

    def register(self, who: int, query: int, kinds: int, frequency: int) -> None:
        self.request(who, query, kinds, frequency)

    def follow_a_link(self, which: int, *_: int) -> None:
        """Of one of the last mails: its confirmation, or its one-click leaving."""
        letters = [flight.letter for flight in self.post.taken]
        if not letters:
            return
        letter = letters[-1 - which % len(letters)]
        confirming = re.search(r"/subscribe/confirm/(\S+)", letter.text)
        leaving_link = letter.headers.get("List-Unsubscribe", "").rpartition("/")[2].rstrip(">")
        with self.desk.transaction() as session:
            if confirming:
                self.confirm(session, confirming[1])
                self.wishes.wished()
            elif leaving_link:
                self.left(leaving.leave(session, leaving_link, way="one_click", now=self.clock()).subscriptions)

    def change(self, which: int, kinds: int, frequency: int, query: int) -> None:
        """Kinds and frequency; every other time the criteria, too."""
        wish, chosen = self.wish(which), KINDS[kinds % len(KINDS)]
        wanted = parse_stored(QUERIES[query // 2 % len(QUERIES)]) if query % 2 else None
        if wish is None:
            return
        try:
            with self.desk.transaction() as session:
                leaving.change(
                    session, session.get_one(Subscription, wish.id), kinds=chosen,
                    frequency=list(Frequency)[frequency % 3], criteria=wanted, now=self.clock(),
                )  # fmt: skip
        except Incomplete:
            return
        wish.narrowed = wish.narrowed or not wish.kinds <= chosen or wanted is not None
        wish.kinds, wish.criteria = chosen, wanted or wish.criteria
        self.wishes.wished()

    def pause(self, which: int, days: int, *_: int) -> None:
        """For up to nine days; or no longer."""
        wish = self.wish(which)
        if wish is None:
            return
        until = japan_date(self.clock()) + timedelta(days=days % 12) if days % 12 < 10 else None
        with self.desk.transaction() as session:
            leaving.pause(session, session.get_one(Subscription, wish.id), until, now=self.clock())
        wish.paused_until, wish.paused = end_of(until) if until else None, self.post.turn
        self.wishes.wished()

    def go(self, which: int, chosen: int, where: int, _: int) -> None:
        wish, act, code, now = self.wish(which), ENDS[chosen % len(ENDS)], PLACES[where % len(PLACES)], self.clock()
        if wish is None:
            return
        one = wish.person
        with self.desk.transaction() as session:
            row = session.get_one(Subscriber, one.id)
            if act in ("leave", "leave all"):
                ends = leaving.running(session, row) if act == "leave all" else [session.get_one(Subscription, wish.id)]
                leaving.end(session, ends, way="manage", now=now)
                self.left(ends)
            elif act == "forget":
                leaving.forget(session, row, now=now)
                one.gone = self.post.turn
            elif act == "bounce":
                self._bounce(session, one, row, now)
            elif act == "allow":
                narrowing.allow(session, row, code)
                one.refused.discard(code)
            else:
                narrowing.refuse(session, row, code, now=now)
                one.refused.add(code)
                one.ever_refused.add(code)
        self.wishes.wished()

    def _bounce(self, session: Session, one: Person, row: Subscriber, now: datetime) -> None:
        """The last mail to the person comes back for good."""
        mails = select(Delivery).where(Delivery.subscriber_id == row.id).order_by(Delivery.id.desc()).limit(1)
        for delivery in session.scalars(mails):
            bounces.stop(session, delivery, "550 no such user", now=now)
        if row.stopped_at is not None:
            one.stopped, one.ever_stopped = self.post.turn, True

    # The worker

    def work(self, which: int, step: int, *_: int) -> None:
        """A whole step, or the rest of the one that is held."""
        worker = self.workers[which % 2]
        if worker.held:
            worker.go_on()
        else:
            worker.run(STEPS[step % len(STEPS)])

    def work_a_while(self, which: int, step: int, far: int, _: int) -> None:
        """Up to a point, and there it waits for a later turn."""
        worker = self.workers[which % 2]
        if worker.held:
            worker.go_on(to=point(far))
        else:
            worker.run(STEPS[step % len(STEPS)], to=point(far))

    def work_and_die(self, which: int, step: int, far: int, back: int) -> None:
        """Killed at a point, or where it is held; what it had leased is taken back at once, or its lease must run out."""
        worker = self.workers[which % 2]
        if worker.held:
            worker.go_on(dies=True)
        else:
            worker.run(STEPS[step % len(STEPS)], to=point(far), dies=True)
        if worker.dead:
            self.replace(worker)
        if back % 2:
            self.desk.take_back(self.desk.owners() - {one.owner for one in self.workers})

    def outlast_the_lease(self, which: int, slow_answer: int, quick_answer: int, _: int) -> None:
        """One worker is stuck in an exchange until its lease has run out, another one is in the midst of the same by then."""
        slow, quick = self.workers[which % 2], self.workers[1 - which % 2]
        if slow.held or quick.held:
            return
        slow.run("deliver", to=(Point.HANDED, 1))
        if slow.held:
            address = slow.flights[0].letter.recipient
            self.clock_jumps(1)
            quick.run("deliver", to=(Point.HANDED, 1))
            for worker, answer in ((slow, slow_answer), (quick, quick_answer)):
                self.post.answers[address] = ANSWERS[answer % len(ANSWERS)]
                if worker.held:
                    worker.go_on()

    # The world

    def answer_of_the_mail_server(self, who: int, answer: int, *_: int) -> None:
        self.post.answers[ADDRESSES[who % len(ADDRESSES)]] = ANSWERS[answer % len(ANSWERS)]

    def throw_the_switch(self, *_: int) -> None:
        """Stops all sending, or lets it go on."""
        with self.desk.transaction() as session:
            if self.off is None:
                switch.stop(session, reason="確かめます", by=None, now=self.clock())
                self.off = self.post.turn
            else:
                switch.start(session, by=None, now=self.clock())
                self.off = None

    def see_again(self, which: int, *_: int) -> None:
        """As after a restored backup: a change that was looked at waits again."""
        seen = [change for change in self.wishes.changes.values() if not change.open]
        if seen:
            change = seen[-1 - which % len(seen)]
            with self.desk.transaction() as session:
                session.execute(update(ChangeEvent).where(ChangeEvent.id == change.id).values(matched_at=None))
            self.wishes.seen_again(change)

    def clock_jumps(self, far: int, *_: int) -> None:
        """Every lease of a step that is held may have run out."""
        self.clock.forward(**JUMPS[far % len(JUMPS)])
        for worker in self.workers:
            worker.stain()
