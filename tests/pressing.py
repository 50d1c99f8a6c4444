"""Filling in a whole form of a fetched page and pressing one of its buttons, through the test client."""

from collections.abc import Mapping

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.flows.visitor import Form, Page

Values = Mapping[str, str | list[str]]


def form_values(page: str, button: str) -> dict[str, list[str]]:
    """What a browser would post from the form that has ``button``, unchanged."""
    return _values(Page(page).form_with(button))


def _values(form: Form) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in form.values:
        values.setdefault(name, []).append(value)
    return values


def press(
    client: FlaskClient, page: TestResponse | str, button: str, values: Values | None = None
) -> TestResponse:
    """Presses ``button`` on a page (or an address, which is fetched first), with some fields filled in anew."""
    if isinstance(page, str):
        page = client.get(page)
        assert page.status_code == 200, page.status_code
    form = Page(page.text).form_with(button)
    tied = {name for name in values or {} if f'name="{name}" form="' in page.text}  # a control that stands elsewhere
    unknown = {name for name in values or {} if name not in form.names} - tied
    assert not unknown, f"the form has no field {sorted(unknown)}"
    name, value = form.buttons[button]
    pressed = {name: [value]} if name else {}
    return client.post(form.action, data={**_values(form), **(values or {}), **pressed})
