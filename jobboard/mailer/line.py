"""One connection to the mail server and where its exchange stands (RFC 5321; several commands at once by RFC 2920).

At most one message in flight: the envelope of the next letter travels with the content of this one, and the next content
while this one's answer is being settled, but its end, which alone makes a mail of it, waits for that.
"""

import contextlib
import enum
import socket
import ssl
import time
from collections import deque
from dataclasses import dataclass

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import Answer, Letter
from jobboard.mailer.opening import Host
from jobboard.mailer.replies import Broken, Replies, answer, said

_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Stage(enum.Enum):
    """What the server has still to answer. ``EMPTY``: a lone dot, after it asked for content that has no recipient."""

    RSET, MAIL, RCPT, DATA, CONTENT, EMPTY = range(6)


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter with its bytes."""

    letter: Letter
    content: bytes


class Line:
    """``announced``: the letter whose envelope the server knows; ``content``: the letter whose content it has to answer for.

    Whoever drives it calls ``receive`` when the socket can be read, ``flush`` when it can be written, and takes ``settled``.
    """

    def __init__(self, host: Host, *, timeout: float, longest: float) -> None:
        if host.sock is None:
            raise Broken("the connection closed while it was opened")
        self.sock, self.pipelines = host.sock, host.has_extn("pipelining")
        self.timeout, self.longest = timeout, longest
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the end of a content waits for an ACK
        self.announced: Ready | None = None
        self.content: Ready | None = None
        self.settled: list[Answer] = []
        self.due = self._ends_at = float("inf")
        self._ready = self._loaded = self._unclean = False
        self._refused: tuple[int, bytes] | None = None
        self._out = bytearray()
        self._replies = Replies()
        self._expected: deque[Stage] = deque()
        self._later: deque[tuple[Stage, bytes]] = deque()

    @property
    def idle(self) -> bool:
        """Whether nothing goes on."""
        return self.announced is None and self.content is None

    @property
    def ready(self) -> bool:
        """Whether the server waits for the content of ``announced``."""
        return self._ready

    @property
    def writing(self) -> bool:
        """Whether bytes wait until the socket takes them."""
        return bool(self._out)

    def announce(self, ready: Ready) -> None:
        """Sends the envelope: at once where the server takes several commands, else one after the other."""
        self.announced, letter = ready, ready.letter
        if self.content is None:
            self._begin()
        steps = [
            (Stage.MAIL, f"MAIL FROM:<{letter.envelope_sender}>\r\n".encode("ascii")),
            (Stage.RCPT, f"RCPT TO:<{letter.recipient}>\r\n".encode("ascii")),
            (Stage.DATA, b"DATA\r\n"),
        ]
        if self._unclean:
            steps.insert(0, (Stage.RSET, b"RSET\r\n"))
            self._unclean = False
        self._later.extend(steps)
        self._command()
        while self.pipelines and self._later:
            self._command()

    def load(self) -> None:
        """Sends the content of the announced letter without its end: no server may keep it yet (RFC 5321, 4.1.1.4)."""
        if self._ready and not self._loaded and self.announced is not None:
            self._out += _transparent(self.announced.content)
            self._loaded = True

    def hand_over(self) -> None:
        """Ends the content of the announced letter. From here on the mail may arrive."""
        assert self._ready and self.announced is not None
        self.load()
        self.content, self.announced, self._ready, self._loaded = self.announced, None, False, False
        self._begin()
        self._say(Stage.CONTENT, b".\r\n")

    def flush(self) -> None:
        """Writes as much as the socket takes."""
        with contextlib.suppress(*_LATER):
            while self._out:
                del self._out[: self.sock.send(self._out)]

    def receive(self) -> None:
        """Takes what came. Raises ``Broken`` or ``OSError``; what was settled before stands in ``settled``."""
        with contextlib.suppress(*_LATER):
            while True:
                received = self.sock.recv(65_536)
                if not received:
                    raise Broken("the server closed the connection")
                for code, words in self._replies.feed(received):
                    self._took(code, words)
                if not isinstance(self.sock, ssl.SSLSocket):
                    return  # else there may be more of a record that was read whole

    def stale(self) -> bool:
        """Whether the server closed, or said something, while nothing went on."""
        try:
            self.receive()
        except (Broken, OSError):
            return True
        return False

    def lost(self, reason: str) -> Ready | None:
        """Closes. The letter in flight is settled as unreachable; the announced one, whose end never left, is returned."""
        self.close()
        if self.content is not None:
            self._settle(self.content, ServerUnreachable(lasting=False, reason=reason), reason)
        back, self.content, self.announced = self.announced, None, None
        return back

    def close(self, *, politely: bool = False) -> None:
        if politely:
            with contextlib.suppress(OSError):
                self.sock.send(b"QUIT\r\n")
        self.sock.close()

    def _begin(self) -> None:
        self._ends_at = time.monotonic() + self.longest

    def _command(self) -> None:
        self._say(*self._later.popleft())

    def _say(self, stage: Stage, words: bytes) -> None:
        self._expected.append(stage)
        self._out += words
        self._wait()

    def _wait(self) -> None:
        """Each answer may take the timeout, and all of one exchange the longest time."""
        self.due = min(time.monotonic() + self.timeout, self._ends_at) if self._expected else float("inf")

    def _took(self, code: int, words: bytes) -> None:
        if code == 421 or not self._expected:
            raise Broken(answer(code, words))
        stage = self._expected.popleft()
        if code < 400 and (code == 354) != (stage is Stage.DATA):
            raise Broken(f"an answer out of turn: {answer(code, words)}")
        if stage is Stage.CONTENT:
            self._answered(code, words)
        elif stage is Stage.EMPTY:
            self._refuse()
        elif stage is Stage.RSET and code >= 400:
            raise Broken(answer(code, words))
        else:
            self._enveloped(stage, code, words)
        self._wait()

    def _answered(self, code: int, words: bytes) -> None:
        assert self.content is not None
        line = answer(code, words)
        self._settle(self.content, MailRefused(code >= 500, line) if code >= 400 else None, line)
        self._unclean = self._unclean or code >= 400
        self.content = None

    def _enveloped(self, stage: Stage, code: int, words: bytes) -> None:
        """RFC 2920: after a refused recipient DATA may have been taken all the same; then a lone dot ends it."""
        if code >= 400 and self._refused is None:
            self._refused = code, words
        if self._refused is None:
            if stage is Stage.DATA:
                self._ready = True
            elif self._later:
                self._command()
        elif code == 354:
            self._say(Stage.EMPTY, b".\r\n")
        elif stage is Stage.DATA or not self.pipelines:
            self._refuse()

    def _refuse(self) -> None:
        assert self._refused is not None and self.announced is not None
        code, words = self._refused
        line = answer(code, words)
        self._settle(self.announced, MailRefused(code >= 500, line), line)
        self.announced = self._refused = None
        self._unclean = True
        self._later.clear()

    def _settle(self, ready: Ready, refused: MailRefused | None, words: str) -> None:
        self.settled.append(Answer(ready.letter.message_id, refused, words))


def _transparent(content: bytes) -> bytes:
    """RFC 5321, 4.5.2: a line's first dot is doubled; the content ends with a line end."""
    if content.startswith(b".") or b"\n." in content:
        content = b"\n".join(b"." + line if line.startswith(b".") else line for line in content.split(b"\n"))
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def broken(error: Exception) -> str:
    """Why a connection ended, for the ledger."""
    return str(error) if isinstance(error, Broken) else said(f"{type(error).__name__}: {error}")
