"""A person with a browser without JavaScript: opens pages, reads them, fills in forms and presses buttons."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

_VOID = frozenset({"input", "br", "img", "meta", "link", "hr", "wbr", "source", "col"})


@dataclass
class Form:
    """A form as it was sent: where it goes, what stands in its fields, and the texts of its buttons."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class Page(HTMLParser):
    """What a person sees of a page: its text, its links by text, its forms."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.heads: list[dict[str, str]] = []
        self._text: list[str] = []
        self._open: Form | None = None
        self._link: tuple[str, int] | None = None
        self._button: tuple[dict[str, str], int] | None = None
        self._area: tuple[str, int] | None = None
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._silent = 0
        self.feed(html.replace("\r\n", "\n"))  # as the HTML standard normalises what it reads
        self.text = " ".join("".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        if tag in ("link", "meta"):
            self.heads.append({"tag": tag, **given})
        if tag == "a" and "href" in given:
            self._link = (given["href"], len(self._text))
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is not None:
            self._field(self._open, tag, given)
        if tag in ("p", "div", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "br", "tr"):
            self._text.append(" ")

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        kind = given.get("type", "text").lower()
        if tag == "button":
            self._button = (given, len(self._text))
        elif tag == "textarea":
            self._area = (name, len(self._text))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select is not None:
            self._options.append((given.get("value", ""), "selected" in given))
        elif tag == "input" and kind == "submit":
            form.buttons[given.get("value", "")] = (name, given.get("value", ""))
        elif tag == "input" and name:
            form.names.add(name)
            if kind not in ("checkbox", "radio") or "checked" in given:
                form.values.append((name, given.get("value", "on" if kind in ("checkbox", "radio") else "")))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        if tag == "a" and self._link:
            href, start = self._link
            self.links.append((" ".join("".join(self._text[start:]).split()), href))
            self._link = None
        if self._open is None:
            return
        if tag == "button" and self._button:
            given, start = self._button
            text = " ".join("".join(self._text[start:]).split())
            self._open.buttons[text] = (given.get("name", ""), given.get("value", ""))
            self._button = None
        elif tag == "textarea" and self._area:
            name, start = self._area
            self._open.names.add(name)
            self._open.values.append((name, "".join(self._text[start:]).removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._options if selected] or [v for v, _ in self._options[:1]]
            self._open.names.add(self._select)
            self._open.values += [(self._select, value) for value in chosen]
            self._select = None
        elif tag == "form":
            self._open = None

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)

    def form_with(self, button: str) -> Form:
        """The form that has this button; a missing one is told with what is there."""
        for form in self.forms:
            if button in form.buttons:
                return form
        raise AssertionError(f"no button {button!r}; there are {[list(form.buttons) for form in self.forms]}")

    def link(self, text: str) -> str:
        """The address behind the first link whose text contains ``text``."""
        for words, href in self.links:
            if text in words:
                return href
        raise AssertionError(f"no link {text!r}; there are {[words for words, _ in self.links]}")


class Visitor:
    """One person: a cookie jar, the page in front of her, and nothing else."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "ja"

    def open(self, path: str, status: int = 200) -> Page:
        """Opens an address; an unexpected status is an error that shows the page's text."""
        return self._take(self.session.get(urljoin(self.base_url, path), timeout=20), status)

    def press(self, button: str, values: dict[str, str | list[str]] | None = None, status: int = 200) -> Page:
        """Fills in ``values`` in the form that has ``button`` and presses it."""
        form = self.page.form_with(button)
        values = values or {}
        unknown = {name for name in values if name not in form.names}
        assert not unknown, f"the form has no field {sorted(unknown)}; it has {sorted(form.names)}"
        sent = [(name, value) for name, value in form.values if name not in values]
        for name, given in values.items():
            sent += [(name, value) for value in (given if isinstance(given, list) else [given])]
        name, value = form.buttons[button]
        if name:
            sent.append((name, value))
        address = urljoin(self.url, form.action) if form.action else self.url
        headers = {"Referer": self.url, "Origin": self.base_url.rstrip("/")}
        if form.method == "post":
            return self._take(self.session.post(address, data=sent, headers=headers, timeout=20), status)
        return self._take(self.session.get(address, params=sent, timeout=20), status)

    def follow(self, link: str, status: int = 200) -> Page:
        """Follows the first link whose text contains ``link``."""
        return self.open(urljoin(self.url, self.page.link(link)), status)

    def _take(self, response: requests.Response, status: int) -> Page:
        self.response, self.url = response, response.url
        self.page = Page(response.text if "html" in response.headers.get("Content-Type", "") else "")
        assert response.status_code == status, f"{response.status_code} at {response.url}: {self.page.text[:2000]}"
        return self.page
