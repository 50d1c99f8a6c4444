"""The text of a page from its bytes, whatever the page says of its charset: many Japanese sites say the wrong one."""

import codecs
import re

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']|<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""")
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_JAPANESE = ("cp932", "euc_jp", "euc_jis_2004")
_ESCAPED = ("iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004")
"""What is tried in this order; the last of each knows ①, ㈱ and others of Windows, which the plain ones do not."""

_MEANT = {"shift_jis": "cp932", "ms_kanji": "cp932", "iso8859-1": "cp1252", "ascii": "utf-8"}
"""What sites mean when they name another charset: Windows' own characters (①, ㈱, 髙) are not in Shift_JIS."""

_KNOWN = {"utf-8", "cp932", "euc_jp", "euc_jis_2004", "shift_jis_2004", "iso2022_jp", "iso2022_jp_2", "cp1252", "utf-16", "utf-16-le", "utf-16-be"}
"""Others are not read: some codecs of Python take minutes for a large page, or make marks out of letters."""

_READABLE = re.compile("[ぁ-んァ-ヶー、。一-龥]")
_HALF_KANA = re.compile("[\uff61-\uff9f]")
_SEEN = 200_000
"""Characters that are looked at to tell two charsets apart."""


def text_of(body: bytes, content_type: str = "") -> str:
    """The text of a page. A byte order mark decides; then UTF-8 where the bytes are UTF-8; then what is declared, if it holds.

    Of the charsets in which the bytes can be read the one with the most kana and Chinese characters wins. Bytes that belong to
    none are replaced.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if body[:2] in (b"<\0", b"\0<"):
        return body.decode("utf-16-le" if body[0] else "utf-16-be", "replace")
    escaped = b"\x1b$" in body
    if not escaped and (text := _read(body, "utf-8")) is not None:
        return text
    names = (*_declared(body, content_type), *(_ESCAPED if escaped else ()), "utf-8", *_JAPANESE)
    for errors in ("strict", "replace"):  # never more than two of the texts at a time
        best = max((text for name in names if (text := _read(body, name, errors)) is not None), key=_sense, default=None)
        if best is not None:
            break
    return best or ""


def _declared(body: bytes, content_type: str) -> list[str]:
    """Codecs of the page's own declaration and of the header, in this order."""
    within, header = _DECLARED.search(body[:1024]), _IN_HEADER.search(content_type)
    names = [(within[1] or within[2]).decode("ascii")] if within else []
    codec = (_codec(name) for name in (*names, *([header[1]] if header else [])))
    return [name for name in codec if name in _KNOWN]


def _codec(name: str) -> str:
    """The codec that is meant."""
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return _MEANT.get(known, known)


def _read(body: bytes, name: str, errors: str = "strict") -> str | None:
    if name == _ESCAPED[-1]:  # said to be JIS X 0213, of which JIS X 0208 is a part
        body = body.replace(b"\x1b$B", b"\x1b$(Q")
    try:
        return body.decode(name, errors)
    except UnicodeError:
        return None


def _sense(text: str) -> int:
    """How much of it is Japanese as people write it; half-width kana are what EUC-JP looks like when read as Shift_JIS."""
    seen = text[:_SEEN]
    return len(_READABLE.findall(seen)) - 2 * len(_HALF_KANA.findall(seen)) - 3 * seen.count("\ufffd")
