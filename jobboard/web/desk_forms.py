"""The small forms of the desk: a new deadline, the end of a call, a reason. Errors say what to do."""

from datetime import datetime
from typing import Any

from wtforms import BooleanField, Field, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from jobboard.base.choice import Choice
from jobboard.base.clock import start_of
from jobboard.base.fields import BY_NAME
from jobboard.base.reading import read_field
from jobboard.base.states import ClosedReason, ExtensionReason, Outcome
from jobboard.base.text import clean
from jobboard.base.unreadable import Unreadable
from jobboard.web.forms import RadioField, SelectField, StaffForm, TextField
from jobboard.web.posting_form import is_date, joined_instant, split_instant

NOTE = 300
REASON = 1_000
_NOTE_TOO_LONG = f"{NOTE}字以内で書いてください。"
_REASON_TOO_LONG = f"{REASON:,}字以内で書いてください。"


class DeadlineField(Field):
    """A date and, if wanted, a time; both as typed. ``instant`` is what they say, after validation.

    ``reads`` is the field of the posting whose rules it follows: apply_by, or review_on of an open-ended call.
    """

    reads = "apply_by"
    _instant: datetime | None = None

    @property
    def instant(self) -> datetime:
        """What was typed says this instant; only after a validation that passed."""
        if self._instant is None:
            raise LookupError("not validated")
        return self._instant

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = joined_instant(valuelist) if len(valuelist) > 1 else "".join(valuelist)

    @property
    def controls(self) -> tuple[str, str, str | None]:
        """Type and value of the first control, and the value of the second, for the time, if there is one."""
        typed: str = self.data or ""
        day, clock = (typed, None) if self.reads == "review_on" else ("".join(part) for part in split_instant([typed]))
        return "text" if day and not is_date(day) else "date", day or "", clock

    def pre_validate(self, form: Any) -> None:
        """Reads what was typed; raises with the sentence that says how to write it."""
        try:
            value = read_field(BY_NAME[self.reads], {self.reads: [self.data or ""]})
        except Unreadable as unreadable:
            raise ValidationError(str(unreadable)) from None
        if value is None:
            raise ValidationError("日付を入力してください(例: 2026-05-29)。")
        self._instant = value if isinstance(value, datetime) else start_of(value)  # type: ignore[arg-type]


def _options(choices: type[Choice], *without: Choice) -> list[SelectChoice]:
    return [SelectChoice(member.value, member.label) for member in choices if member not in without]


class ExtendForm(StaffForm):
    """締切を延長する."""

    until = DeadlineField("新しい締切")
    reason = RadioField(
        "延長の理由", choices=_options(ExtensionReason), validators=[InputRequired("延長の理由を選んでください。")]
    )
    note = TextField("理由の補足", validators=[Length(max=NOTE, message=_NOTE_TOO_LONG)])

    def validate_note(self, field: TextField) -> None:
        """「その他」 alone would stand as the reason in mails, feeds and the history."""
        if self.reason.data == ExtensionReason.OTHER and not (field.data or "").strip():
            raise ValidationError("「その他」を選んだときは、理由を書いてください(例: 説明会を開くため)。")


class CloseForm(StaffForm):
    """募集を終了する."""

    reason = RadioField(
        "終了の理由", choices=_options(ClosedReason), validators=[InputRequired("終了の理由を選んでください。")]
    )
    outcome = SelectField("募集の結果", choices=[SelectChoice("", "まだ決まっていない"), *_options(Outcome)])
    note = TextField("公開する説明", validators=[Length(max=NOTE, message=_NOTE_TOO_LONG)])


class OutcomeForm(StaffForm):
    """募集の結果を登録する."""

    outcome = RadioField(
        "募集の結果",
        choices=_options(Outcome, Outcome.UNANSWERED),
        validators=[InputRequired("募集の結果を選んでください。")],
    )
    note = TextField("公開する説明", validators=[Length(max=NOTE, message=_NOTE_TOO_LONG)])


class WithdrawForm(StaffForm):
    """募集を中止する."""

    reason = TextAreaField(
        "中止の理由",
        filters=[lambda words: clean(words or "")],
        validators=[
            DataRequired("中止の理由を書いてください。公開されます。"),
            Length(max=REASON, message=_REASON_TOO_LONG),
        ],
    )


class ReopenForm(StaffForm):
    """募集を再開する."""

    until = DeadlineField("新しい締切")


class AmendForm(StaffForm):
    """What a change is about, for the mails and feeds that tell of it."""

    change_summary = TextField("変更の説明", validators=[Length(max=NOTE, message=_NOTE_TOO_LONG)])
    silent = BooleanField("誤字などの訂正(お知らせを送らない)")
