"""なぜ届かなかったか: one sentence for each change of a posting and one address, from what the rows say and nothing else.

What a reader has changed since is not kept. Where today's rows do not say why nothing was told then, the sentence says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.content import from_json
from jobboard.base.states import DeliveryState, Dropped, EventKind, Frequency, SubscriptionState
from jobboard.base.wording import japanese_instant
from jobboard.domain import audit, brake, link_alone, matching, naming, storing
from jobboard.domain.addresses import address_key, read_address
from jobboard.domain.retention import MAIL_KEPT
from jobboard.domain.unmet import unmet
from jobboard.domain.whereabouts import whereabouts, withheld
from jobboard.models import (
    Account,
    AuditEntry,
    ChangeEvent,
    Delivery,
    Hold,
    Match,
    Refused,
    Subscriber,
    Subscription,
)  # fmt: skip

MOST_NAMED = 3
"""Subscriptions of one address whose reasons one sentence names."""

UNKNOWN = "このアドレスの配信登録はありません(登録したことがないか、本人がすべて削除しました)。"
NEVER_PUBLIC = "この番号の募集は一度も公開されていないので、だれにも知らせていません。"
IMMATERIAL = "知らせることになっていない項目だけの変更なので、だれにも送っていません。"
FORGOTTEN = f"{MAIL_KEPT.days}日を過ぎたので、知らせたかどうかの記録は残っていません。"
UNSEEN = "登録者と結びつけるのを待っています(ワーカーが動いていれば、1分以内に結びつけます)。"


@dataclass(frozen=True)
class Explained:
    """What became of one change, in a ``word``, for one address; without ``kind``, ``at`` and word, of all of them."""

    sentence: str
    kind: EventKind | None = None
    at: datetime | None = None
    word: str = ""


def explain(session: Session, typed: str, posting_id: int, *, by: Account | None, now: datetime) -> list[Explained]:
    """The newest change first. Raises ``Incomplete`` for what is no address. The audit names the subscriber by id."""
    key = address_key(read_address(typed, field="address"))
    person = session.scalars(select(Subscriber).where(Subscriber.address_key == key)).first()
    known = person.id if person else 0
    audit.record(session, "mail:explain", "subscriber", known, by=by, now=now, posting=posting_id)
    found = select(ChangeEvent).where(ChangeEvent.posting_id == posting_id)
    events = session.scalars(found.order_by(ChangeEvent.occurred_at.desc(), ChangeEvent.id.desc())).all()
    if not events:
        return [Explained(NEVER_PUBLIC)]
    if person is None or not person.subscriptions:
        return [Explained(UNKNOWN)]
    asked = Explainer(session, person, now)
    return [Explained(asked.sentence(event), event.kind, event.occurred_at, link_alone.word(event)) for event in events]


@dataclass(frozen=True)
class Explainer:
    """Reads the rows of one person."""

    session: Session
    person: Subscriber
    now: datetime

    def sentence(self, event: ChangeEvent) -> str:
        """What became of this change."""
        if not event.material:
            return IMMATERIAL
        mine = select(Match).where(Match.event_id == event.id, Match.subscriber_id == self.person.id).order_by(Match.id)
        matches = self.session.scalars(mine).all()
        if mailed := [match for match in matches if match.delivery_id is not None]:
            return self._mailed(mailed)
        if waiting := [match for match in matches if match.dropped is None]:
            return self._waiting(min(waiting, key=lambda match: (match.due_at, match.id)))
        if matches:
            return self._dropped(matches[0], event)
        if event.matched_at is None:
            return UNSEEN
        if self.now - event.matched_at >= MAIL_KEPT:
            return FORGOTTEN
        return self._stopped(event.matched_at) or self._unmatched(event, event.matched_at)

    def _mailed(self, matches: Sequence[Match]) -> str:
        """Of the mail that arrived, else of the last one; and of further criteria that the same mail has answered."""
        mails = [self.session.get_one(Delivery, match.delivery_id or 0) for match in matches]
        mail = max(mails, key=lambda one: (one.state is DeliveryState.SENT and one.bounced_at is None, one.id))
        mine = [match for match in matches if match.delivery_id == mail.id]
        if said := withheld(self.session, mail, mine, now=self.now):
            return said
        said = whereabouts(self.session, mail, now=self.now)
        later = [match for match in mine if match.due_at > mail.created_at]
        if not later:
            return said
        name = f"「{mail.mail_text.subject}」" if mail.mail_text else ""
        ways = "と".join(dict.fromkeys(match.subscription.frequency.label for match in later))
        return f"{said.removesuffix('。')}({ways}の登録の分も、先に送ったこのメール{name}で知らせています)。"

    def _waiting(self, match: Match) -> str:
        if said := self._stopped(self.now):
            return said
        subscription, due = match.subscription, japanese_instant(match.due_at)
        if match.due_at > self.now:
            if subscription.paused_until is not None and subscription.paused_until > self.now:
                return f"本人が配信を休んでいるので、休みが終わる{due}に送ります。"
            if subscription.frequency is Frequency.AT_ONCE:
                return f"{due}に送ります。"
            return f"{subscription.frequency.label}の登録なので、{due}のメールにまとめて送ります。"
        hold = brake.holds_back(self.session, match)
        if hold is None:
            return "メールにまとめるのを待っていて、まもなく送ります。"
        since = japanese_instant(max(hold.made_at, match.due_at))
        return f"お知らせの数がふだんより多いので、{since}から掲載確認担当の確認を待っています。"

    def _dropped(self, match: Match, event: ChangeEvent) -> str:
        if match.dropped is Dropped.LEFT:
            left = match.subscription.left_at
            return f"知らせる前{f'の{japanese_instant(left)}' if left else ''}に、本人が配信を停止しました。"
        if match.dropped is Dropped.STOPPED:
            return self._stopped(self.now) or "この宛先にはメールが届かなかったので、そのときは配信を止めていました。"
        if match.dropped is Dropped.DISCARDED:
            return self._discarded(match)
        if match.dropped is Dropped.ENDED:
            ended = event.posting.closed_at
            return f"知らせる前{f'の{japanese_instant(ended)}' if ended else ''}に、このサイトへの掲載が終わったので、送っていません。"
        if match.dropped is Dropped.REFUSED:
            return f"{event.posting.municipality.name}のお知らせは不要と、本人が登録しています。"
        return f"この種類({link_alone.word(event)})のお知らせは不要と、本人が登録しています。"

    def _discarded(self, match: Match) -> str:
        decided = select(Hold).where(Hold.discarded.is_(True), Hold.last_match_id >= match.id).order_by(Hold.id)
        hold = next((one for one in self.session.scalars(decided) if brake.counts(one, match)), None)
        if hold is None or hold.released_at is None:
            return f"{Dropped.DISCARDED.label}ので、送っていません。"
        return f"掲載確認担当が{japanese_instant(hold.released_at)}に、送らないと決めました(理由: {hold.reason})。"

    def _stopped(self, at: datetime) -> str:
        """That mail to the address was stopped at that instant; of an address that was started again the audit knows it."""
        if self.person.stopped_at is not None and self.person.stopped_at <= at:
            words = f"({self.person.stopped_for})" if self.person.stopped_for else ""
            return f"この宛先にはメールが届かないので、{japanese_instant(self.person.stopped_at)}から配信を止めています{words}。"
        again = select(AuditEntry).where(
            AuditEntry.subject_kind == "subscriber", AuditEntry.subject_id == str(self.person.id),
            AuditEntry.action == "mail:resume",
        )  # fmt: skip
        for entry in self.session.scalars(again.order_by(AuditEntry.id)):
            since = datetime.fromisoformat(entry.facts["stopped_at"])
            if since <= at < entry.at:
                until = japanese_instant(entry.at)
                return f"この宛先にはメールが届かないので、{japanese_instant(since)}から{until}まで配信を止めていました。"
        return ""

    def _unmatched(self, event: ChangeEvent, at: datetime) -> str:
        """Why no subscription met the event when it was matched; what the criteria alone did not prevent comes first."""
        reasons = [(one, *self._reason(one, event, at)) for one in self.person.subscriptions]
        reasons.sort(key=lambda reason: reason[1])
        if len({said for _, _, said in reasons}) == 1:
            return f"{reasons[0][2]}。"
        named = [f"「{self._describe(one)}」は{said}" for one, _, said in reasons[:MOST_NAMED]]
        more = f"、ほか{len(reasons) - MOST_NAMED}つ" if len(reasons) > MOST_NAMED else ""
        return f"{len(reasons)}つの登録のどれからも送っていません: {'、'.join(named)}{more}。"

    def _reason(self, one: Subscription, event: ChangeEvent, at: datetime) -> tuple[int, str]:
        """How near it was (0: only this one thing, 1: not what was asked for), and the words."""
        if one.confirmed_at is None:
            return 0, "登録の確定がまだです"
        if one.confirmed_at >= event.occurred_at:
            return 0, f"登録を確定したのは{japanese_instant(one.confirmed_at)}で、この変更より後です"
        if one.state is SubscriptionState.LEFT and (one.left_at is None or one.left_at <= at):
            return 0, f"{japanese_instant(one.left_at) if one.left_at else '先'}に配信を停止しています"
        if event.posting.municipality_code in self._refused(at):
            return 0, f"{event.posting.municipality.name}のお知らせは不要と登録しています"
        kinds = one.kinds.split(",")
        if str(event.kind) not in kinds:
            wanted = "、".join(EventKind(kind).label for kind in kinds)
            return 1, f"この種類({link_alone.word(event)})は希望していません(希望: {wanted})"
        seen, content = matching.seen_in(self.session, event), from_json(event.version.content)
        failed = unmet(self.session, storing.parsed(one.criteria), seen, content, event.occurred_at)
        if failed:
            return 1, f"条件に合いません({'。'.join(failed)})"
        if one.paused_until is not None and one.paused_until > event.occurred_at:
            return 0, f"{japanese_instant(one.paused_until)}まで配信を休んでいます"
        return 0, f"今の登録には合いますが、{japanese_instant(at)}に調べたときは合いませんでした(登録はその後に変わっています)"

    def _refused(self, at: datetime) -> set[str]:
        mine = select(Refused.municipality_code).where(Refused.subscriber_id == self.person.id, Refused.created_at <= at)
        return set(self.session.scalars(mine))

    def _describe(self, one: Subscription) -> str:
        criteria = storing.parsed(one.criteria)
        return criteria.describe(naming.names(self.session, [criteria]))
