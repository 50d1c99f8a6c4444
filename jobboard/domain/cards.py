"""What a list says of one posting, made once when it is published: a page of twenty must not read twenty whole texts."""

from jobboard.base.choice import Choice
from jobboard.base.content import Content
from jobboard.base.showing import show_monthly, show_pay, show_workdays
from jobboard.base.vocabulary import DeadlineKind, Explicit, Remote, Role, SideJob
from jobboard.base.wording import japanese_instant
from jobboard.domain.documents import spoken
from jobboard.models import Municipality

_KINDS = {DeadlineKind.ARRIVAL: "必着", DeadlineKind.POSTMARK: "消印有効"}


def card(municipality: Municipality, content: Content) -> dict[str, str]:
    """The texts of a row that do not change with the day, by name; an empty one is left out on the page.

    ``title prefecture municipality role engagement pay pay_monthly work remote side_job apply_by``, and ``told``: not empty
    when the call names its deadline, so that days may be counted.
    """
    role, remote, side_job = content.get("role"), content.get("remote"), content.get("side_job")
    return {
        "title": content.text("title"),
        "prefecture": municipality.prefecture,
        "municipality": municipality.name,
        "role": role.label.partition("(")[0] if isinstance(role, Role) else "",
        "engagement": content.engagement.label if content.engagement else "",
        "pay": show_pay(content) if "pay_unit" in content else "",
        "pay_monthly": show_monthly(content).removeprefix("月額換算の目安 "),
        "work": _work(content),
        "remote": spoken("remote", remote) if isinstance(remote, Remote) else "",
        "side_job": spoken("side_job", side_job) if isinstance(side_job, SideJob) else "",
        "apply_by": deadline_text(content),
        "told": "1" if "apply_by" in content else "",
    }


def _work(content: Content) -> str:
    """月4日; with its question where the answer says nothing alone (定めなし, 要相談)."""
    text = show_workdays(content)
    if text == "―":
        return ""
    return text if text.endswith("日") else f"勤務日数 {text}"


def deadline_text(content: Content) -> str:
    """2026年5月29日(金)17:00 必着; 随時 and 決まり次第 as they stand."""
    kind, deadline = content.get("apply_by_kind"), content.instant("apply_by")
    if deadline is None:
        return kind.label if isinstance(kind, Choice) else ""
    text = japanese_instant(deadline).removesuffix("24:00")  # a deadline that is a day alone (decisions.md, Time)
    suffix = _KINDS.get(kind, "") if isinstance(kind, DeadlineKind) and not isinstance(kind, Explicit) else ""
    return f"{text} {suffix}".rstrip()

