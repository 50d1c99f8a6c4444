"""Whatever is typed as Markdown, the page gets only what it can bear: no script, no style, no address that leads astray."""

import cProfile
import pstats
from html.parser import HTMLParser

import pytest

from jobboard.base import markdown
from jobboard.base.text import clean

TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "strong", "table", "tbody", "td", "th", "thead",
    "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"href", "title", "start", "class", "scope", "role", "aria-label", "tabindex", "id"}
HTML = [
    "<script>alert(1)</script>", "<SCRIPT SRC=//evil.example/x.js></SCRIPT>", "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\n>alert(1)</script\n>", "<script/src=//evil.example>", "a <img src=x onerror=alert(1)> b", "<img/src/onerror=alert(1)>",
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe src='javascript:alert(1)'></iframe>", "<iframe srcdoc='<script>alert(1)</script>'>", "<object data='data:text/html,x'>",
    "<embed src=x>", "<a href='javascript:alert(1)'>x</a>", "<a onclick=alert(1)>x</a>", "<b style='position:fixed'>x</b>",
    "<style>*{display:none}</style>", "<link rel=stylesheet href=//evil.example>", "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href='//evil.example/'>", "<form action=//evil.example><input name=q>", "<body onload=alert(1)>", "<details ontoggle=alert(1) open>",
    "<video><source onerror=alert(1)>", "<!-- --><script>alert(1)</script>", "<!--><img src=x onerror=alert(1)>-->", "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>", "<!DOCTYPE html>", "</p><script>alert(1)</script>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>", "`<script>alert(1)</script>`", "    <script>alert(1)</script>", "```\n<script>\n```",
    "> <script>alert(1)</script>", "- <img src=x onerror=alert(1)>", "| <script> |\n|---|\n| <img onerror=x> |", "# <script>alert(1)</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>", "<\u202escript>alert(1)</script>", "<scr\u200bipt>alert(1)</scr\u200bipt>",
]  # fmt: skip
LINKS = [
    "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](<javascript:alert(1)>)", "[a]( javascript:alert(1))", "<javascript:alert(1)>",
    "[a](javascript&colon;alert(1))", "[a](&#106;avascript:alert(1))", "[a](&#x6A;&#x61;vascript:alert(1))", "[a](jav&#x0A;ascript:alert(1))",
    "[a](jav&Tab;ascript:alert(1))", "[a](java\\script:alert(1))", "[a](java%73cript:alert(1))", "[a](\x01javascript:alert(1))",
    "[a](\u202ejavascript:alert(1))", "[a](vbscript:msgbox(1))", "[a](data:text/html;base64,PHNjcmlwdD4=)", "[a](data:image/svg+xml,x)",
    "[a](file:///etc/passwd)", "[a](//evil.example)", "[a](/\\evil.example)", "[a](\\\\evil.example)", "[a](https:evil.example)", "[a](https://)",
    "[a](https://www.soumu.go.jp@evil.example/)", "[a](http://[::1)", "[a](ftp://evil.example)", "[a](blob:x)", "[a](view-source:x)", "[a](mailto:)",
    "[a](evil.example)", "[a](www.evil.example)", "[r]\n\n[r]: javascript:alert(1)", "![a](javascript:alert(1))", "[![a](javascript:x)](javascript:y)",
    "[a](javascript:alert(1) \"t\")", "[[a](javascript:x)](javascript:y)",
]  # fmt: skip
ATTRIBUTE = [
    "[a](https://x.example \"' onmouseover='alert(1)\")", '[a](https://x.example/"onmouseover="alert(1))', "[a](https://x.example/'onclick=alert(1)//)",
    "![a](https://evil.example/pixel.png)", "![\" onerror=alert(1)](x)", "|a|\n|:-:|\n|b|", "1234567890123. x", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[a](https://x.example){onclick=alert(1)}", "`\" onclick=alert(1)`", "***" * 50, "a\u0000b", "\ufffe\U000e0001", "é" * 50,
]  # fmt: skip
LONG = {
    "[": "[" * 20_000, "brackets": "[a](" * 5_000, "stars": "*a_ " * 5_000, "quotes": ">" * 20_000, "lists": "- " * 10_000, "ticks": "`" * 19_999,
    "angles": "<" * 20_000, "tables": "|a" * 5_000 + "\n" + "|-" * 5_000, "entities": "&" * 20_000, "links": "[](" * 6_000,
}  # fmt: skip


class Seen(HTMLParser):
    """Every tag and attribute that a browser would see; ``addresses``: where links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize("typed", [*HTML, *LINKS, *ATTRIBUTE])
def test_nothing_hostile_reaches_the_page(typed: str) -> None:
    for text in (typed, clean(typed), f"text\n\n{typed}\n\n# {typed}\n\n> 1. {typed}"):
        seen = Seen(markdown.render(text).html)
        assert seen.tags <= TAGS and seen.attributes <= ATTRIBUTES
        assert all(markdown.leads_safely(address) for address in seen.addresses)


@pytest.mark.parametrize("typed", HTML)
def test_html_is_refused_in_words(typed: str) -> None:
    found = markdown.faults(clean(typed))
    assert found and "HTML(スクリプトなど)は使えません" in found[0]


@pytest.mark.parametrize("typed", LINKS)
def test_a_link_that_leads_astray_is_refused_in_words(typed: str) -> None:
    text = clean(typed)
    assert markdown.faults(text) or "href" not in markdown.render(text).html


@pytest.mark.parametrize("name", LONG)
def test_the_price_of_a_text_is_bounded(name: str) -> None:
    """Calls of functions, not seconds: what would cost the square of its length is refused before it is parsed."""
    text = LONG[name]
    counted = cProfile.Profile()
    counted.runcall(markdown.faults, text)
    if text.count("[") <= markdown.MOST_BRACKETS:
        counted.runcall(markdown.render, text)
    assert pstats.Stats(counted).total_calls < 3_000_000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "typed",
    ["3 < 5 で、<総務省> と書く", "<https://www.soumu.go.jp/> と <info@soumu.example.jp>", "[様式](/help#filters) [先頭](#main)", "A&B、x > y", "[a] と [1]"],
)
def test_what_offices_write_is_not_refused(typed: str) -> None:
    assert markdown.faults(typed) == []


def test_who_is_refused_a_tag_reads_how_to_show_it_and_may_write_so() -> None:
    [said] = markdown.faults("様式の `<b>` は、5<10件 のときに使う")
    assert "全角の「＜」「＞」で書いてください(例: ＜b＞)" in said
    assert markdown.faults("様式の ＜b＞ は、5<10件、x < y、a <= b、3<総数 のときに使う") == []


def test_headings_follow_the_pages_own_without_a_gap() -> None:
    rendered = markdown.render("## 一\n\n##### 深い\n\n# 二\n\n### 三\n\n###### 四")
    assert rendered.headings == (("text-1", "一"), ("text-2", "二"))
    for part in ('<h2 id="text-1">一', "<h3>深い", '<h2 id="text-2">二', "<h3>三", "<h4>四"):
        assert part in rendered.html
    assert "<h1" not in rendered.html


def test_a_table_says_of_what_and_scrolls_alone() -> None:
    html = markdown.render("|項目|額|\n|---|--:|\n|日額|1|\n\n後\n\n|x|\n|-|\n|y|").html
    assert '<th scope="col">項目</th>' in html and '<th scope="col" class="number">額</th>' in html and "style" not in html
    assert 'role="region" aria-label="表1" tabindex="0"' in html and 'aria-label="表2"' in html


def test_the_words_alone_make_a_summary() -> None:
    assert markdown.plain("# 点検\n\n**6月1日**に\n止まります。[様式](/a)\n\n- `x`") == "点検 6月1日に 止まります。様式 x"
