"""What applicants will ask: which of it the draft answers, and which is still open. No law asks for it; people do."""

from collections.abc import Callable
from dataclasses import dataclass

from jobboard.base.choice import Choice
from jobboard.base.content import Content
from jobboard.base.fields import BY_NAME
from jobboard.base.vocabulary import COMPANY, UNPRICED, Engagement, Explicit
from jobboard.domain.completeness import applies


class Readiness(Choice):
    """How far the draft answers a question of applicants."""

    ANSWERED = "answered", "書いてあります"
    UNDECIDED = "undecided", "未定です"
    OPEN = "open", "まだ書いていません"


@dataclass(frozen=True)
class Asked:
    """One question. ``fields`` answer it together: one that is 未定 leaves it undecided; ``any_of``: one of them is enough."""

    question: str
    fields: tuple[str, ...]
    any_of: bool = False


@dataclass(frozen=True)
class Answered:
    """One question as the draft answers it; ``field`` is where to write."""

    question: str
    field: str
    readiness: Readiness


QUESTIONS = (
    Asked("どのような課題があり、なぜ募集するのか", ("background",)),
    Asked("一緒に働くのはどの部署の誰か(受入体制)", ("receiving_team",)),
    Asked("どれだけ働くのか(日数・時間)", ("workdays", "hours_per_day")),
    Asked("働く曜日や時間帯はいつか", ("hours",)),
    Asked("リモートで働けるか", ("remote",)),
    Asked("どのくらい登庁するのか", ("remote_visits",)),
    Asked("いつからいつまでか", ("term_start_on", "term_end_on")),
    Asked("更新はあるか", ("renewal",)),
    Asked("報酬はいくらか", ("pay_low", "proposal_ceiling", "agreement_costs"), any_of=True),
    Asked("旅費や通勤の費用は出るか", ("expenses",)),
    Asked("どの機器やツールを使うのか", ("equipment",)),
    Asked("本業を続けながらできるか(副業)", ("side_job",)),
    Asked("利益相反や入札参加の制限はあるか", ("conflict",)),
    Asked("いつ面接があり、いつ結果が分かるか", ("interview_on", "result_on"), any_of=True),
    Asked("インボイスや源泉徴収はどうなるか", ("invoice_note",)),
)

_OF_EMPLOYMENT = frozenset({"side_job", "hours", "renewal"})
_OF_CONTRACTS = frozenset({Engagement.CONTRACT_PERSON, Engagement.CONTRACT_COMPANY, Engagement.COMMISSION})


def readiness(content: Content) -> list[Answered]:
    """Each question that comes up under this form of engagement, in the order in which people ask."""
    return [
        Answered(one.question, _where(one, content), _state(one, content)) for one in QUESTIONS if _comes_up(one, content)
    ]


def _comes_up(asked: Asked, content: Content) -> bool:
    name = asked.fields[0]
    if name == "invoice_note":
        return content.engagement in _OF_CONTRACTS
    if name == "remote_visits":
        return "remote" in content and content.codes("remote") not in (("no",), ("fully",))
    if name in _OF_EMPLOYMENT and content.engagement in COMPANY:
        return False
    if name == "renewal" and content.engagement is Engagement.PERMANENT:
        return False
    return any(applies(BY_NAME[field], content) for field in asked.fields)


def _state(asked: Asked, content: Content) -> Readiness:
    states = [_of(field, content) for field in asked.fields]
    pick: Callable[[list[Readiness]], Readiness] = _best if asked.any_of else _worst
    return pick(states)


def _of(name: str, content: Content) -> Readiness:
    if name in ("workdays", "hours_per_day") and content.codes("workdays_period") == ("unset",):
        return Readiness.ANSWERED
    if name == "pay_low" and content.get("pay_unit") in UNPRICED:
        return Readiness.ANSWERED
    if name not in content:
        return Readiness.OPEN
    undecided = content[name] is Explicit.UNDECIDED or content.codes(name) == ("undecided",)
    return Readiness.UNDECIDED if undecided else Readiness.ANSWERED


def _best(states: list[Readiness]) -> Readiness:
    return min(states, key=list(Readiness).index)


def _worst(states: list[Readiness]) -> Readiness:
    return max(states, key=list(Readiness).index)


def _where(asked: Asked, content: Content) -> str:
    """The first field that leaves it open, and that this form of engagement has."""
    left = [name for name in asked.fields if applies(BY_NAME[name], content)]
    return next((name for name in left if _of(name, content) is not Readiness.ANSWERED), (left or asked.fields)[0])
