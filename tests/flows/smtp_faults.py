"""A mail server that misbehaves as it is told: it closes, stalls, garbles or refuses at a given phase, and remembers what it took.

A thread for each connection; phases are CONNECT, EHLO, MAIL, RCPT, DATA, CONTENT (while it comes), DOT (after it), RSET.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes

PATIENT = 20.0
"""Seconds after which a forgotten connection of a test ends by itself."""


class Gone(Exception):
    """This connection is over."""


@dataclass
class Fault:
    """What happens at ``phase``, the first ``times`` times (for ``recipient`` alone, in phases that have one).

    ``reply`` is said instead of the usual answer (421 closes afterwards); else ``act``: "close", "stall", "take and close"
    (after DOT: the message is kept, but nobody hears of it), "half" (half an answer, then the end), "drip" (the usual answer,
    octet by octet).
    """

    phase: str
    act: str = ""
    reply: str = ""
    recipient: str = ""
    times: int = 1


@dataclass
class FaultyServer:
    """``begun``: contents of which a first line came, ended or not."""

    faults: list[Fault] = field(default_factory=list)
    pipelines: bool = True
    takes_data_anyway: bool = False
    most_connections: int = 99
    taken: list[tuple[str, str]] = field(default_factory=list)
    open: int = 0
    begun: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def running(self) -> Iterator[int]:
        """The port it listens on."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
            thread.start()
            try:
                yield listener.getsockname()[1]
            finally:
                self._ended.set()
                listener.shutdown(socket.SHUT_RDWR)
                thread.join(PATIENT)

    def _accept(self, listener: socket.socket) -> None:
        threads = []
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                threads[-1].start()
        for thread in threads:
            thread.join(PATIENT)

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.open += 1
            room = self.open <= self.most_connections
        connection.settimeout(PATIENT)
        with connection, contextlib.suppress(Gone, OSError):
            if not room:
                connection.sendall(b"421 4.7.0 too many connections\r\n")
                raise Gone
            _Talk(self, connection).go()
        with self._lock:
            self.open -= 1

    def struck(self, phase: str, recipient: str) -> Fault | None:
        """The fault that strikes now."""
        with self._lock:
            for fault in self.faults:
                if fault.phase == phase and fault.times > 0 and fault.recipient in ("", recipient):
                    fault.times -= 1
                    return fault
            return None

    def keep(self, content: bytes, recipient: str) -> None:
        with self._lock:
            self.taken.append((str(message_from_bytes(content)["Message-ID"]), recipient))

    def begin(self) -> None:
        with self._lock:
            self.begun += 1

    def wait(self) -> None:
        """Until the test is over."""
        self._ended.wait(PATIENT)


@dataclass
class _Talk:
    """One connection. Answers to commands that came together leave together."""

    server: FaultyServer
    connection: socket.socket
    rest: bytearray = field(default_factory=bytearray)
    answers: bytearray = field(default_factory=bytearray)
    recipient: str = ""
    mail: bool = False

    def go(self) -> None:
        try:
            self._answer("CONNECT", "220 faults")
            while line := self._line():
                self._command(line[:4].decode("ascii").upper(), line.decode("ascii").strip())
        finally:
            self._flush()

    def _command(self, verb: str, line: str) -> None:
        if verb in ("EHLO", "HELO"):
            offered = "250-faults\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES" if self.server.pipelines else "250 faults"
            self._answer("EHLO" if verb == "EHLO" else "HELO", offered if verb == "EHLO" else "250 faults")
        elif verb == "MAIL":
            self.mail = self._answer("MAIL", "503 5.5.1 nested MAIL" if self.mail else "250 2.1.0 Ok") or self.mail
        elif verb == "RCPT":
            recipient = line.partition("<")[2].partition("@")[0]
            if self._answer("RCPT", "250 2.1.5 Ok" if self.mail else "503 5.5.1 need MAIL", recipient):
                self.recipient = recipient
        elif verb == "DATA":
            self._data()
        elif verb == "RSET":
            self._answer("RSET", "250 2.0.0 Ok")
            self.recipient, self.mail = "", False
        elif verb == "QUIT":
            raise Gone
        else:
            self._say("502 5.5.2 what?")

    def _data(self) -> None:
        if not self.recipient and not self.server.takes_data_anyway:
            self._say("554 5.5.1 no valid recipients")
            return
        if not self._answer("DATA", "354 go on", self.recipient):
            return
        content, first = bytearray(), True
        while (line := self._line()) != b".\r\n":
            if not line:
                raise Gone
            if first:
                self.server.begin()
                self._answer("CONTENT", "", self.recipient)
                first = False
            content += line[1:] if line.startswith(b".") else line
        recipient, self.recipient, self.mail = self.recipient, "", False
        if not recipient:
            self._say("554 5.5.1 no valid recipients")
            return
        fault = self.server.struck("DOT", recipient)
        if fault is None or fault.act in ("take and close", "drip") or fault.reply.startswith("2"):
            self.server.keep(bytes(content), recipient)
        self._strike(fault, "250 2.0.0 Ok: queued as 4F2")

    def _line(self) -> bytes:
        while (end := self.rest.find(b"\n") + 1) == 0:
            self._flush()
            received = self.connection.recv(65_536)
            if not received:
                return b""
            self.rest += received
        line = bytes(self.rest[:end])
        del self.rest[:end]
        return line

    def _flush(self) -> None:
        self.connection.sendall(self.answers)
        self.answers.clear()

    def _answer(self, phase: str, usual: str, recipient: str = "") -> bool:
        """Whether the answer was a good one."""
        return self._strike(self.server.struck(phase, recipient), usual)

    def _strike(self, fault: Fault | None, usual: str) -> bool:
        reply = usual if fault is None else fault.reply
        if fault is None or fault.reply:
            if reply:
                self._say(reply)
            if reply.startswith("421"):
                raise Gone
            return reply[:1] in "23"
        self._flush()
        if fault.act == "drip":
            for octet in f"{usual}\r\n".encode():
                self.connection.sendall(bytes([octet]))
            return True
        if fault.act == "half":
            self.connection.sendall(usual[:7].encode())
        if fault.act == "stall":
            self.server.wait()
        raise Gone

    def _say(self, reply: str) -> None:
        self.answers += reply.encode() + b"\r\n"
