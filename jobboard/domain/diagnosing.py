"""Whether what a mail server answered will ever change: RFC 3463's codes (IANA: Enhanced Status Codes), else its words."""

import re

from jobboard.base.states import Bounce

_HARD = {
    "1.0": "the address, said no more precisely",
    "1.1": "no such mailbox",
    "1.2": "no such domain",
    "1.3": "the address has a form that the domain does not know",
    "1.4": "the address means several mailboxes there",
    "1.6": "the mailbox has moved and nobody sends on",
    "1.10": "the domain says that it takes no mail (RFC 7505)",
    "2.1": "the mailbox is closed",
    "4.4": "no route: the domain or its mail server is not in the DNS",
    "4.310": "the same, as Exchange Online says it",
    "7.17": "the mailbox has another owner now (RFC 7293)",
    "7.18": "the domain has another owner now (RFC 7293)",
}
"""5.x.y that say the address is gone. All others count as soft, so a mistake of ours stops nobody: 1.7 and 1.8 blame our
own address, 2.2 is a full mailbox, 2.3 and 3.4 are too large a mail, 3.x, 4.x and 5.x are the servers' troubles, 6.x is the
content, 7.x is policy (spam filters, our DKIM), 0.0 says nothing. A mail server that means it goes on, and ten stop too."""

_VAGUE = re.compile(r"[0-6]\.0|4\.1|5\.\d+")
"""Codes that servers give for want of a better one (4.1: Exchange Online, for one that is not in its directory)."""

_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.#])([45])\d\d(?=[ -])")

_FOR_NOW = re.compile(
    r"quota|mailbox (?:is )?(?:over ?)?full|(?:mail)?box.{0,20}full|insufficient.{0,20}(?:space|storage)|over (?:its|the) limit|"
    r"\bspam\b|block(?:ed|list)|black ?list|reputation|\b(?:dmarc|dkim|spf|policy)\b|too (?:large|big|many)|size limit|rate limit|"
    r"gr[ae]ylist|sender (?:address |domain )?(?:is )?(?:rejected|denied|not|verif)|"
    r"relay(?:ing)? (?:access )?denied|timed? ?out|too long|try again|temporar|容量|いっぱい|迷惑メール|受信拒否|拒否設定",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"(?:user|recipient|mailbox|address|account|addressee) (?:is )?(?:unknown|not found|not known|invalid|disabled|inactive|"
    r"unavailable|(?:does not|doesn'?t) exist|has been (?:disabled|deleted|closed|suspended)|no longer)|"
    r"(?:unknown|invalid|no such|nonexistent|non-existent|undeliverable|inactive) (?:local )?(?:user|recipient|mailbox|address|account|"
    r"domain)|no (?:mailbox|user|account|recipient|address)s? (?:here|by that name|with|of|found)|not a (?:valid|known) (?:user|mailbox|recipient)|"
    r"(?:does not|doesn'?t) (?:exist|have (?:a|an) .{0,30}account)|unrout(?:e)?able (?:address|mail domain)|"
    r"host (?:or domain name )?(?:unknown|not found)|(?:domain|host)(?: name)? (?:not found|unknown|does not exist)|"
    r"recipient address rejected: access denied|couldn'?t be found|wasn'?t found|no longer (?:available|valid|exists|in use)|"
    r"宛先(?:不明|が(?:見つかり|存在し)ません)|アドレスが(?:見つかり|存在し|有効では)|存在しない|存在しません|見つかりません",
    re.IGNORECASE,
)


def judge(status: str, told: str) -> Bounce:
    """Of a failure for good: ``status`` (5.1.1, may be empty) and what the server ``told``, in its words.

    The code in the words is the remote server's own and goes before a vague one of the reporting server. Words decide
    where the codes are vague; who said no for now and gave up (4.x.x) is soft.
    """
    code = _CODE.fullmatch(status)
    inner = next((found for found in _CODE.finditer(told) if found[1] == "5"), None)
    if code and code[1] != "5" and not inner:
        return Bounce.SOFT
    for found in (code, inner):
        if found and found[1] == "5" and not _VAGUE.fullmatch(f"{found[2]}.{found[3]}"):
            return Bounce.HARD if f"{int(found[2])}.{int(found[3])}" in _HARD else Bounce.SOFT
    reply = _REPLY.search(told)
    if not code and not inner and reply and reply[1] == "4":
        return Bounce.SOFT
    if _FOR_NOW.search(told):
        return Bounce.SOFT
    if _GONE.search(told):
        return Bounce.HARD
    named = next((f"{found[2]}.{found[3]}" for found in (inner, code) if found), "")
    return Bounce.HARD if named in _HARD else Bounce.SOFT


def is_gone(words: str) -> bool:
    """Whether a server's answer to RCPT ("550 5.1.1 …") says that the address is gone; one for now never does."""
    return words.startswith("5") and judge("", words) is Bounce.HARD


def has_code(words: str) -> bool:
    """Whether a server's reply or status code stands in the words."""
    return bool(_CODE.search(words) or _REPLY.search(words))


def telling(text: str) -> str:
    """The lines of a report's text that say why, joined; empty when none does."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    said = [line for line in lines if _says(line)]
    return " ".join(dict.fromkeys(said))[:1_000]


def _says(line: str) -> bool:
    code, reply = _CODE.search(line), _REPLY.search(line)
    return bool((code and code[1] != "2") or reply or _GONE.search(line) or _FOR_NOW.search(line))
