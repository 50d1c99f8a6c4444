"""The base of the site's forms: Japanese messages, cleaned texts, errors as the error summary wants them."""

from typing import Any

import wtforms
from flask_wtf import FlaskForm
from wtforms import Form, StringField, ValidationError

from jobboard.base.text import clean


class _Japanese:
    locales = ("ja",)


class StaffForm(FlaskForm):
    """A form of signed-in people; its CSRF token was checked before the view ran (security.guard)."""

    class Meta(_Japanese, FlaskForm.Meta):
        csrf = False


class PublicForm(Form):
    """A form of the public: knows no session. Its page carries ``form_token()``."""

    class Meta(_Japanese, Form.Meta):
        pass


class TextField(StringField):
    """A text without control characters and outer space."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([clean(text) for text in valuelist])


class _OneOfThese:
    """Says what to do when something is sent that was not offered."""

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)  # type: ignore[misc]  # of the field that this is mixed into
        except ValidationError:
            raise ValidationError("表示された選択肢の中から選んでください。") from None


class RadioField(_OneOfThese, wtforms.RadioField):
    """One of some, all seen at once."""


class SelectField(_OneOfThese, wtforms.SelectField):
    """One of some in a list."""


def summary(form: Form) -> list[tuple[str, str]]:
    """(field id, text) of each error, in the order of the page, for ``error_summary``."""
    return [(field.id, str(text)) for field in form for text in field.errors]
