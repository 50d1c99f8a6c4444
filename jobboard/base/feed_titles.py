"""The titles of a feed's items: one line of text as it is shown, and the form in which two of them are compared."""

import html
import re
import unicodedata

from jobboard.base.text import visible

LONGEST_TITLE = 300

_WITHIN = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q rb rp rt rtc ruby s samp small span strike strong"
    " sub sup time tt u var wbr"
)
_AROUND_WORDS = (
    "address applet area article aside audio base basefont blink blockquote body br button canvas caption center col colgroup dd"
    " details dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html"
    " iframe img input label legend li link main map marquee math menu meta meter nav noscript object ol optgroup option output p param"
    " path picture pre progress script section select slot source style summary svg table tbody td template textarea tfoot th thead"
    " title tr track ul video xmp"
)
_INLINE = frozenset(_WITHIN.split())
HTML = _INLINE | frozenset(_AROUND_WORDS.split())
"""Elements of HTML; what else stands between < and > is text of the title's own. Those inline stand within a word."""

_MARKUP = re.compile(
    r"<(?P<dropped>script|style|rt|rp)\b[^<>]{0,500}>.{0,500}?</(?P=dropped)\s{0,9}>|<!--.{0,200}?-->|<[!?][^<>]{0,1000}>"
    r"|</?(?P<name>[A-Za-z][A-Za-z0-9]{0,20})(?=[\s/>])[^<>]{0,1000}>|</?[A-Za-z]{1,9}:[A-Za-z]{1,20}(?=[\s/>])[^<>]{0,1000}>",
    re.IGNORECASE | re.DOTALL,
)
_SEEN = 2_000

_MARKS = (
    r"(?:一部)?(?:更新|新着|重要|お知らせ|訂正|再掲載|再掲|修正|追記|変更|緊急)(?:しました|済み?|あり)?"
    r"|(?:募集|受付|応募|申込)?(?:期間|期限|締切|締め切り)?延長(?:しました)?|updated?|new"
)
_AROUND = r"[\d/.:年月日時分付!令和平成元rh]{0,20}"
_MARKED = re.compile(
    rf"[【\[〔<(〈《≪「『{{★☆◆■●◎]{_AROUND}(?:{_MARKS}){_AROUND}[】\]〕>)〉》≫」』}}★☆◆■●◎]|^(?:※(?:{_MARKS}):?|(?:{_MARKS}):)"
)


def plain(text: str) -> str:
    """One line of text: without the markup of HTML, control characters and double blanks, at most 300 characters."""
    bare = _MARKUP.sub(_unmarked_up, html.unescape(_MARKUP.sub(_unmarked_up, text[:_SEEN])))
    line = " ".join(visible(bare).replace("<", "＜").replace(">", "＞").split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def unmarked(title: str) -> str:
    """The title as it is compared: half-width, without blanks and without 【更新】 and the like."""
    folded = "".join(unicodedata.normalize("NFKC", title).lower().split())
    return _MARKED.sub("", folded) or folded


def _unmarked_up(found: re.Match[str]) -> str:
    """Nothing for what stands within a word and for its reading in ruby, the text itself for what is no element, else a blank."""
    name = (found["name"] or "").lower()
    if name and name not in HTML:
        return found[0]
    return "" if name in _INLINE or (found["dropped"] or "").lower() in ("rt", "rp") else " "
