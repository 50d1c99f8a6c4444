"""Templates of mails, drawn without a web application: the worker has none. Styles go into the elements."""

from collections.abc import Callable

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jobboard import places


def mail_renderer() -> Callable[..., str]:
    """``render(name, **values)``: the HTML of a template under templates/, its styles inlined; loads nothing from outside."""
    environment = Environment(
        loader=FileSystemLoader(places.templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)

    def render(name: str, **values: object) -> str:
        return inliner.inline(environment.get_template(name).render(**values))

    return render
