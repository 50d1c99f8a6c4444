"""What a mail that came to the bounce address says: of which of our mails, and whether that one will ever arrive.

Read by flufl.bounce and the status fields of RFC 3464. Only ids that nobody can guess name a mail (the envelope's mark, or
our Message-ID in the returned headers); an address in the text names nobody, so no forged one can stop another's mail.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from flufl.bounce import all_failures

from jobboard.base.states import Bounce
from jobboard.base.text import clean
from jobboard.domain import diagnosing

log = logging.getLogger(__name__)
logging.getLogger("flufl.bounce").disabled = True  # it would log what it could not read, and that holds addresses

MOST = 1 << 17
"""Octets that are read of one mail: reports come first, what they return comes last and may be large.

Anybody can write to the bounce address. Parsers and patterns may need time with the square of the length of a line or field,
so these are short too.
"""

LONGEST_LINE, LONGEST_FIELD = 998, 2_000
"""Octets of a line (RFC 5322, 2.1.1) that flufl.bounce is shown, and characters that are read of a field."""

_ENVELOPE = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To", "Cc")
_ANSWERED = ("X-Original-Message-ID", "In-Reply-To", "References")
_ID = r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DAEMON = re.compile(r"mailer[-_. ]?daemon|mail[-_. ]?(?:daemon|delivery|system)|postmaster|daemon@|MicrosoftExchange", re.I)
_NULL_SENDER = re.compile(r"From (?:<>|MAILER-DAEMON)", re.I)
_RETURNED_HEADERS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_REFUSALS = ("fail", "error")
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress-Reply", "X-Vacation")
_ARRIVED = ("delivered", "relayed", "expanded")


@dataclass(frozen=True)
class Report:
    """What one mail says. ``ids``: left sides of Message-IDs of ours, the surest first. ``bounce``: None says nothing of
    the address (a delay, an automatic answer, a receipt). ``words``: the reporting server's, as it wrote them, addresses too.

    ``expanded``: addresses that the mail was sent on from, when the report names another one where it ended.
    """

    ids: tuple[str, ...] = ()
    bounce: Bounce | None = None
    words: str = ""
    expanded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Own:
    """How our ids look: ``bounce_address`` is the one without a mark, ``host`` the right side of our Message-IDs."""

    bounce_address: str
    host: str

    def marked(self, text: str) -> Iterator[str]:
        """Ids in envelope senders of ours."""
        local, _, domain = self.bounce_address.rpartition("@")
        return _found(rf"(?<![^\s<>\"',;:=]){re.escape(local)}\+({_ID})@{re.escape(domain)}(?![\w.-])", text)

    def named(self, text: str) -> Iterator[str]:
        """Ids in Message-IDs of ours."""
        return _found(rf"<({_ID})@{re.escape(self.host)}>", text)


def _found(pattern: str, text: str) -> Iterator[str]:
    return (found[1].lower() for found in re.finditer(pattern, text, re.IGNORECASE))


def read(content: bytes, own: Own, *, recipients: Iterable[str] = ()) -> Report:
    """Never raises, whatever ``content`` is. ``recipients``: to whom the envelope was, where the server tells."""
    try:
        message = message_from_bytes(content[:MOST])
        ids = dict.fromkeys(_ids(message, own, recipients))
        return _judged(message, tuple(ids))
    except Exception as error:  # a hostile mail may break the parsers in ways that they do not name
        log.warning("a returned mail could not be read: %s", type(error).__name__)
        return Report(tuple(dict.fromkeys(name for line in recipients for name in own.marked(line))))


def _ids(message: Message, own: Own, recipients: Iterable[str]) -> Iterator[str]:
    for line in (*recipients, *(value for name in _ENVELOPE for value in _headers(message, name))):
        yield from own.marked(line)
    for part in _parts(message):
        if part is not message and part.get_content_type() in _RETURNED_HEADERS:
            yield from _ids_within(_opening(part), own)
    for name in _ANSWERED:
        for value in _headers(message, name):
            yield from own.named(value)
    for part in _parts(message):  # reports without parts give the returned headers as text
        if part.get_content_maintype() == "text" and part.get_content_type() not in _RETURNED_HEADERS:
            yield from _ids_within("\n".join(_RETURNED.findall(_text(part))), own)


_RETURNED = re.compile(r"^[> \t]{0,20}((?:Message-ID|Return-Path|X-Envelope-From|Sender)[ \t]*:.*(?:\n[ \t].*)?)$", re.I | re.M)


def _ids_within(text: str, own: Own) -> Iterator[str]:
    yield from own.marked(text)
    yield from own.named(text)


def _opening(part: Message) -> str:
    """The headers of what a report returned."""
    inner = part.get_payload()
    returned = inner[0] if isinstance(inner, list) and inner else None
    if isinstance(returned, Message):
        names = ("Message-ID", "Return-Path", "X-Envelope-From", "Sender")
        return "\n".join(f"{name}: {value}" for name in names for value in _headers(returned, name))
    return "\n".join(_RETURNED.findall(_text(part)))


def _headers(message: Message, name: str) -> list[str]:
    return [str(value)[:LONGEST_FIELD] for value in message.get_all(name, [])]


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a report, not those of the mail that it returns."""
    yield message
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for part in payload:
            if isinstance(part, Message):
                yield from _parts(part)


def _text(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "iso-2022-jp", "cp932"):
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("ascii", "replace")


def _judged(message: Message, ids: tuple[str, ...]) -> Report:
    statuses = [block for block in _status_blocks(message) if block.get("Status") or block.get("Action")]
    if statuses:
        return _by_status(message, statuses, ids)
    if "X-Failed-Recipients" in message or _is_returned(message):
        return _by_text(message, ids)
    return Report(ids)


def _status_blocks(message: Message) -> Iterator[Message]:
    """The fields of each recipient in RFC 3464's part."""
    for part in _parts(message):
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            payload = part.get_payload()
            yield from (block for block in payload if isinstance(block, Message)) if isinstance(payload, list) else ()


def _by_status(message: Message, blocks: list[Message], ids: tuple[str, ...]) -> Report:
    """Hard only when no recipient of the one mail got it: one that was sent on to several may have arrived with some."""
    judged, words, arrived = list[Bounce](), list[str](), False
    for block in blocks:
        action = _one(block, "Action").lower()
        arrived = arrived or action.startswith(_ARRIVED)
        if action and not action.startswith(_REFUSALS):
            continue
        status, told = _one(block, "Status").partition(" ")[0], _one(block, "Diagnostic-Code")
        told = told or diagnosing.telling(_own_words(message))
        judged.append(diagnosing.judge(status, told))
        words.append(" ".join(filter(None, (status, told))))
    if not judged:
        return Report(ids)
    hard = not arrived and all(bounce is Bounce.HARD for bounce in judged)
    return Report(ids, Bounce.HARD if hard else Bounce.SOFT, " / ".join(words), frozenset(_expanded(blocks)))


def _expanded(blocks: list[Message]) -> Iterator[str]:
    for block in blocks:
        original, final = (_mailbox(_one(block, name)) for name in ("Original-Recipient", "Final-Recipient"))
        if original and final and original != final:
            yield original


def _mailbox(field: str) -> str:
    """The address of ``rfc822; tanaka@example.jp``."""
    return field.rpartition(";")[2].strip().strip("<>").lower()


def _one(block: Message, name: str) -> str:
    """One field on one line."""
    return " ".join(str(block.get(name, ""))[:LONGEST_FIELD].split())


def _is_returned(message: Message) -> bool:
    """Whether a mail system sent it: by name, or without a sender in the envelope (RFC 5321, 4.5.5).

    People's automatic answers come without one too, and say so (RFC 3834); receipts and complaints are other reports.
    """
    if message.get_param("report-type") in ("disposition-notification", "feedback-report"):
        return False
    if _is_daemon(message):
        return True
    automatic = _headers(message, "Auto-Submitted")[:1] not in ([], ["no"]) or any(name in message for name in _AUTOMATIC)
    nobody = any(value.strip() in ("<>", "") for value in _headers(message, "Return-Path"))
    return not automatic and (nobody or bool(_NULL_SENDER.match(message.get_unixfrom() or "")))


def _is_daemon(message: Message) -> bool:
    return message.get_param("report-type") == "delivery-status" or bool(_DAEMON.search(_decoded(message, "From")))


def _decoded(message: Message, name: str) -> str:
    raw = str(message.get(name, ""))[:LONGEST_FIELD]
    try:
        return str(make_header(decode_header(raw)))
    except (LookupError, ValueError):
        return raw


def _by_text(message: Message, ids: tuple[str, ...]) -> Report:
    """Of a report without status fields: what flufl.bounce recognises, and the server's words."""
    own = _own_words(message)
    temporary, permanent = all_failures(message) if _has_short_lines(message) else (frozenset(), frozenset())
    if (temporary and not permanent) or _DELAYED.search(own):
        return Report(ids)
    words = diagnosing.telling(own)
    if permanent or diagnosing.has_code(words) or (words and _is_daemon(message)):
        return Report(ids, diagnosing.judge("", words), words)
    return Report(ids)


def _has_short_lines(message: Message) -> bool:
    leaves = (part.get_payload(decode=True) for part in message.walk() if not part.is_multipart())
    return all(len(line) <= LONGEST_LINE for leaf in leaves if isinstance(leaf, bytes) for line in leaf.splitlines())


_DELAYED = re.compile(
    r"not yet been delivered|warning message only|delivery.{0,40}(?:is|has been) delayed|warning: (?:message|could not send)|"
    r"(?:will|shall) (?:be |continue to |keep )?(?:retr|try)|再送を(?:続け|試み)",
    re.IGNORECASE,
)


def _own_words(message: Message) -> str:
    """The text that the reporting server wrote, without what it returns."""
    texts = [_text(part) for part in _parts(message) if part.get_content_type() == "text/plain"]
    own = _BELOW.split("\n".join([clean(_decoded(message, "Subject")), *texts]), maxsplit=1)[0]
    return own[:20_000]


_BELOW = re.compile(
    r"^[-=_* ]{0,80}(?:below this line is a copy|original message|original headers|this is a copy of (?:the|your) message|"
    r"message header|the body of (?:this|the) message|(?:returned|undelivered) message|.*元のメール|.*送信されたメール).*$|"
    r"^(?:Return-Path|Received|DKIM-Signature):",
    re.I | re.M,
)
