"""SMTP over several connections from one thread: who stalls holds nobody else, and one answer settles before the next leaves.

Only the opening of a connection, which blocks, runs in a thread of its own.
"""

import contextlib
import queue
import re
import selectors
import smtplib
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator

from flask_mail import Mail

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import Answer, Letter
from jobboard.mailer.line import Line, Ready, broken
from jobboard.mailer.one_by_one import encoded
from jobboard.mailer.opening import ReadyConnection, Route, reason
from jobboard.mailer.replies import Broken

LOOK = 0.5
"""Seconds after which somebody who waits for a server looks whether to go on."""

LOOK_OPENING = 0.01
"""The same while further connections are being opened."""

_INVENTED = re.compile(r"(?:.+\.)?(?:example|test|invalid|localhost|example\.(?:com|net|org|jp))\.?", re.IGNORECASE)


def is_invented(address: str) -> bool:
    """Whether the address can belong to nobody (RFC 2606, RFC 6761; example.jp is reserved by JPRS)."""
    return bool(_INVENTED.fullmatch(address.rpartition("@")[2]))


class SmtpMailer(Mail):
    """Keeps up to ``connections`` connections between calls; not for several threads at once."""

    def __init__(
        self, route: Route, *, connections: int = 1, refuse_invented: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__()
        self.state = self.init_mail({"MAIL_SERVER": route.host, "MAIL_PORT": route.port})
        self.route, self.connections, self.tls, self.refuse_invented = route, connections, tls, refuse_invented
        self.longest = max(120.0, 4 * route.timeout)
        self.lines: list[Line] = []
        self.opening = 0
        self.closed = False
        self.opened: queue.SimpleQueue[Line | str] = queue.SimpleQueue()

    def send(  # type: ignore[override]  # letters are its messages
        self, letters: Iterable[Letter], halted: Callable[[], bool] = bool
    ) -> Generator[list[Answer]]:
        """The server's answers as they come. ``ServerUnreachable`` in them: nothing was said about this very letter."""
        with selectors.DefaultSelector() as selector:
            sending = _Sending(self, iter(letters), halted, selector)
            try:
                yield from sending.answers()
            finally:
                sending.end()

    def open(self, helo: str) -> None:
        """Begins to open one more connection; the line, or why there is none, comes out of ``opened``."""
        self.opening += 1
        self.closed = False
        threading.Thread(target=self._open, args=(helo,), name="smtp-opening", daemon=True).start()

    def _open(self, helo: str) -> None:
        try:
            ends_at = time.monotonic() + self.longest
            host = ReadyConnection(self.state, self.route, self.tls, helo, ends_at).configure_host()
            line = Line(host, timeout=self.route.timeout, longest=self.longest)
        except (smtplib.SMTPException, OSError, ValueError, Broken) as error:
            self.opened.put(reason(error))
        else:
            self.opened.put(line)
            if self.closed:
                self.close()

    def kept(self) -> list[Line]:
        """The connections of earlier calls that are still good, also those that came too late for them."""
        with contextlib.suppress(queue.Empty):
            while True:
                line = self.opened.get_nowait()
                self.opening -= 1
                if isinstance(line, Line):
                    self.lines.append(line)
        lines, self.lines = self.lines, []
        for line in [line for line in lines if line.stale()]:
            lines.remove(line)
            line.close()
        return lines

    def close(self) -> None:
        """Ends the connections, also those that are still being opened, without waiting for them."""
        self.closed = True
        for line in self.kept():
            line.close(politely=True)


class _Sending:
    """One call of ``send``: which letter is where."""

    def __init__(
        self, mailer: SmtpMailer, letters: Iterator[Letter], halted: Callable[[], bool], selector: selectors.BaseSelector
    ) -> None:
        self.mailer, self.letters, self.halted, self.selector = mailer, letters, halted, selector
        self.waiting: deque[Ready] = deque()
        self.settled: list[Answer] = []
        self.tried: set[str] = set()
        self.full = False
        for line in mailer.kept():
            self._add(line)

    def answers(self) -> Generator[list[Answer]]:
        while True:
            self._feed()
            if not self.settled:
                if not self._busy():
                    return
                self._make_ready()
                self._watch()
            if self.settled:
                settled, self.settled = self.settled, []
                yield settled

    def end(self) -> None:
        """Keeps the lines on which nothing goes on. Only by closing can an announced letter be taken back."""
        for line in [line for line in self.mailer.lines if not line.idle]:
            self._remove(line)
            line.close()

    def _busy(self) -> bool:
        return any(not line.idle for line in self.mailer.lines) or (bool(self.mailer.opening) and bool(self.waiting))

    def _feed(self) -> None:
        """Lets go what may go now. Whatever was answered before has been settled by the caller."""
        halted = self.halted()
        if halted:
            self.waiting.clear()
        for line in list(self.mailer.lines):
            if halted and line.announced is not None and line.content is None:
                self._remove(line)
                line.close()
            elif line.ready:
                self._try(line, self._hand_over)
            elif line.idle and not halted and (ready := self._next()):
                self._try(line, self._announce, ready)
        if not halted:
            self._open_more()

    def _make_ready(self) -> None:
        """Uses the time that the server needs: the next letter for each line is there before the line asks."""
        while len(self.waiting) < len(self.mailer.lines) and not self.halted() and self._pull():
            pass

    def _hand_over(self, line: Line) -> None:
        line.hand_over()
        if line.pipelines and (ready := self._next()):
            line.announce(ready)
        self._write(line)

    def _announce(self, line: Line, ready: Ready) -> None:
        line.announce(ready)
        self._write(line)

    def _write(self, line: Line) -> None:
        line.flush()
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.writing else 0)
        if mask != self.selector.get_key(line.sock).events:
            self.selector.modify(line.sock, mask, line)

    def _next(self) -> Ready | None:
        """The next letter that can leave."""
        return self.waiting.popleft() if self.waiting or self._pull() else None

    def _pull(self) -> bool:
        """Makes one more letter wait; those that cannot leave are refused here."""
        for letter in self.letters:
            try:
                if self.mailer.refuse_invented and is_invented(letter.recipient):
                    raise MailRefused(lasting=True, reason="架空のアドレスなので送りません")
                self.waiting.append(Ready(letter, encoded(letter)))
            except MailRefused as refused:
                self.settled.append(Answer(letter.message_id, refused, refused.reason))
            else:
                return True
        return False

    def _open_more(self) -> None:
        """Connections for letters that wait. A server that refuses one more is not asked again while another is there."""
        mailer = self.mailer
        there = len(mailer.lines) + mailer.opening
        room = 0 if self.full and there else mailer.connections - there
        while room > 0 and (len(self.waiting) > mailer.opening or self._pull()):
            mailer.open(self.waiting[0].letter.envelope_sender.rpartition("@")[2])
            room -= 1

    def _watch(self) -> None:
        """Waits until something happens on a line, or is overdue."""
        lines, now = self.mailer.lines, time.monotonic()
        wait = max(0.0, min([LOOK, *(line.due - now for line in lines)]))
        if self.mailer.opening and self.waiting:
            self._collect(0.0 if lines else wait)
            wait = min(wait, LOOK_OPENING)
        for key, event in self.selector.select(wait) if lines else ():
            self._try(key.data, self._happened, event)
        now = time.monotonic()
        for line in [line for line in lines if line.due <= now]:
            self._lose(line, TimeoutError("the exchange took too long"))

    def _happened(self, line: Line, event: int) -> None:
        if event & selectors.EVENT_READ:
            line.receive()
            line.load()
        self._write(line)

    def _collect(self, wait: float) -> None:
        """Takes one connection that is open now, or could not be opened."""
        try:
            opened = self.mailer.opened.get(wait > 0, wait)
        except queue.Empty:
            return
        self.mailer.opening -= 1
        if isinstance(opened, Line):
            self._add(opened)
            return
        self.full = True
        if not self.mailer.lines and not self.mailer.opening and self.waiting:
            self._unreachable(self.waiting.popleft(), opened)

    def _try(self, line: Line, step: Callable[..., None], *what: object) -> None:
        try:
            step(line, *what)
        except (Broken, OSError) as error:
            self._lose(line, error)
        self.settled += line.settled
        line.settled.clear()

    def _lose(self, line: Line, error: Exception) -> None:
        self._remove(line)
        why = broken(error)
        back = line.lost(why)
        self.settled += line.settled
        line.settled.clear()
        if back is None:
            return
        if back.letter.message_id in self.tried:
            self._unreachable(back, why)
        else:  # the line had idled, or served its turn: a fresh one will tell
            self.tried.add(back.letter.message_id)
            self.waiting.appendleft(back)

    def _unreachable(self, ready: Ready, why: str) -> None:
        self.settled.append(Answer(ready.letter.message_id, ServerUnreachable(lasting=False, reason=why), why))

    def _add(self, line: Line) -> None:
        self.mailer.lines.append(line)
        self.selector.register(line.sock, selectors.EVENT_READ, line)

    def _remove(self, line: Line) -> None:
        self.mailer.lines.remove(line)
        self.selector.unregister(line.sock)
