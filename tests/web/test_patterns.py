"""/-/patterns shows every part of the design, by the parts' own macros, and only to those who build or try the site."""

import re
from collections.abc import Iterator
from pathlib import Path

from flask.testing import FlaskClient
from jinja2 import Environment, nodes

from jobboard import places
from jobboard.web import patterns
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, NewApp

TEMPLATES = places.templates_folder()


def parsed(file: Path) -> nodes.Template:
    return Environment(autoescape=True).parse(file.read_text(encoding="utf-8"))


def macros() -> Iterator[tuple[str, str]]:
    """(template, macro) of every part; a name that begins with an underscore is a part's own."""
    for file in sorted((TEMPLATES / "parts").glob("*.html")):
        for macro in parsed(file).find_all(nodes.Macro):
            if not macro.name.startswith("_"):
                yield f"parts/{file.name}", macro.name


def drawn() -> Iterator[tuple[str, str]]:
    """(template, macro) of every part that the pattern pages import and call."""
    for file in (TEMPLATES / "patterns").glob("*.html"):
        page = parsed(file)
        called = {call.node.name for call in page.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
        for imported in page.find_all(nodes.FromImport):
            assert isinstance(imported.template, nodes.Const)
            yield from ((imported.template.value, name) for name in imported.names if isinstance(name, str) and name in called)


def test_every_macro_of_the_parts_is_drawn() -> None:
    assert sorted(set(macros()) - set(drawn())) == []


def test_the_page_is_there_while_debugging_and_in_the_demonstration_alone(
    app: BoardApp, client: FlaskClient, new_app: NewApp, cast: Cast
) -> None:
    assert client.get("/-/patterns").status_code == 404
    app.debug = True
    shown = client.get("/-/patterns")
    assert shown.status_code == 200 and "Set-Cookie" not in shown.headers
    assert '<meta name="robots" content="noindex">' in shown.text
    assert new_app(demo=True).test_client().get("/-/patterns").status_code == 200


def test_no_two_elements_of_it_have_one_id_and_no_style_is_inline(new_app: NewApp, cast: Cast) -> None:
    page = new_app(demo=True).test_client().get("/-/patterns").text
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) > 60 and sorted({one for one in ids if ids.count(one) > 1}) == []
    assert " style=" not in page and "<style" not in page and "<script" not in page


def test_every_pair_of_colours_can_be_read() -> None:
    pairs = patterns.pairs()
    assert [f"{pair.ink} on {pair.ground}: {pair.contrast:.2f}" for pair in pairs if not pair.holds] == []
    assert round(patterns.Pair("", "", "#000000", "#ffffff", 4.5).contrast, 2) == 21
    assert round(patterns.Pair("", "", "#777777", "#ffffff", 4.5).contrast, 2) == 4.48
    assert len(pairs) > 20 and len(patterns.tokens()) > 30
