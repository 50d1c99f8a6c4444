"""The mailer against a real SMTP server: encryption that is checked, refusals of each kind, a connection that breaks."""

import asyncio
import datetime as dt
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import LINE, WRITTEN, Letter
from jobboard.mailer import FolderMailer, SmtpMailer, is_invented, open_mailer
from jobboard.mailer.line import Line
from jobboard.mailer.replies import answer
from jobboard.setting_values import SmtpRoute
from tests.flows.site import free_port, wait_for
from tests.flows.smtp_faults import FaultyServer
from tests.mail_servers import stop
from tests.not_run import not_run

DATE = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def letter(**values: object) -> Letter:
    given: dict[str, object] = {
        "message_id": "d1@jobs.example.go.jp",
        "sender": "oshirase@jobs.example.go.jp",
        "sender_name": "デジタル人材 募集情報",
        "recipient": "tanaka@reader.jp",
        "envelope_sender": "bounces@jobs.example.go.jp",
        "subject": "青葉市ほか3件:CIO補佐官(全庁DX推進)、締切延長…",
        "text": "本文です。\n",
        "html": "<p>本文です。</p>",
        "date": DATE,
    }
    return Letter(**{**given, **values})  # type: ignore[arg-type]


def send(mailer: SmtpMailer | FolderMailer, letter: Letter) -> str:
    """The server's words; raises its refusal."""
    ((answer,),) = mailer.send([letter])
    assert answer.message_id == letter.message_id
    if answer.refused is not None:
        raise answer.refused
    return answer.words


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@dataclass
class Server:
    """What the server does, and what it took."""

    answer: Callable[[], str] = lambda: "250 OK"
    recipient_answer: str = "250 OK"
    hangs_up: bool = False
    letters: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    connections: list[Session] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if session not in self.connections:
            self.connections.append(session)
        content = envelope.content
        assert isinstance(content, bytes)
        if self.hangs_up:
            assert server.transport is not None
            server.transport.abort()
            return "250 never said"
        answer = self.answer()
        if answer.startswith("250"):
            self.letters.append((str(envelope.mail_from), envelope.rcpt_tos, content))
        return answer


@dataclass
class Running:
    server: Server
    route: SmtpRoute
    mailer: SmtpMailer


def route(port: int, **values: object) -> SmtpRoute:
    given: dict[str, object] = {
        "host": "127.0.0.1", "port": port, "user": None, "password": None, "starttls": "off", "implicit_tls": False,
        "timeout": 5.0,
    }
    return SmtpRoute(**{**given, **values})  # type: ignore[arg-type]


@pytest.fixture
def plain() -> Iterator[Running]:
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    way = route(controller.port)
    mailer = SmtpMailer(way)
    yield Running(server, way, mailer)
    mailer.close()
    stop(controller)


def test_a_mail_arrives_whole_with_one_recipient_and_the_bounce_address_as_its_sender(plain: Running) -> None:
    send(plain.mailer, letter())
    ((sender, recipients, content),) = plain.server.letters
    message = read(content)
    assert sender == "bounces@jobs.example.go.jp" and recipients == ["tanaka@reader.jp"]
    assert message["Subject"] == "青葉市ほか3件:CIO補佐官(全庁DX推進)、締切延長…"
    assert message["From"].addresses[0].display_name == "デジタル人材 募集情報"
    assert message["To"] == "tanaka@reader.jp" and message["Message-ID"] == "<d1@jobs.example.go.jp>"
    assert message["Date"] == "Wed, 01 Apr 2026 09:00:00 +0900"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text and text.get_content().splitlines() == ["本文です。"]
    assert html and html.get_content().splitlines() == ["<p>本文です。</p>"]


def test_the_connection_is_kept_between_mails(plain: Running) -> None:
    for number in range(3):
        send(plain.mailer, letter(message_id=f"d{number}@b"))
    assert len(plain.server.letters) == 3 and len(plain.server.connections) == 1


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_anew(plain: Running) -> None:
    send(plain.mailer, letter())
    (kept,) = plain.mailer.lines
    kept.sock.close()
    send(plain.mailer, letter(message_id="d2@b"))
    assert len(plain.server.letters) == 2


@pytest.mark.parametrize(
    ("at", "answer", "lasting"),
    [
        ("recipient", "450 4.2.1 mailbox busy", False),
        ("recipient", "550 5.1.1 <tanaka@reader.jp>: no such user", True),
        ("content", "451 4.3.0 try later", False),
        ("content", "554 5.7.1 refused", True),
        ("content", "452 4.2.2 mailbox full", False),
    ],
)
def test_a_refusal_says_whether_it_lasts_and_the_next_mail_goes_out(
    plain: Running, at: str, answer: str, lasting: bool
) -> None:
    if at == "recipient":
        plain.server.recipient_answer = answer
    else:
        plain.server.answer = lambda: answer
    with pytest.raises(MailRefused) as refused:
        send(plain.mailer, letter())
    assert not isinstance(refused.value, ServerUnreachable)
    assert refused.value.lasting is lasting and refused.value.reason.startswith(answer[:3])
    assert "tanaka" not in refused.value.reason, "the ledger holds no address"
    plain.server.recipient_answer, plain.server.answer = "250 OK", lambda: "250 OK"
    send(plain.mailer, letter())
    assert len(plain.server.letters) == 1


def test_a_server_that_says_421_says_nothing_about_this_mail(plain: Running) -> None:
    plain.server.answer = lambda: "421 4.3.2 closing"
    with pytest.raises(ServerUnreachable) as away:
        send(plain.mailer, letter())
    assert away.value.reason == "421 4.3.2 closing"
    plain.server.answer = lambda: "250 OK"
    assert send(plain.mailer, letter()) == "250 OK"


def test_a_connection_that_breaks_within_the_content_is_no_answer(plain: Running) -> None:
    plain.server.hangs_up = True
    with pytest.raises(ServerUnreachable):
        send(plain.mailer, letter())
    plain.server.hangs_up = False
    send(plain.mailer, letter())
    assert len(plain.server.letters) == 1


def test_a_servers_words_are_kept_without_addresses_and_what_nobody_can_see() -> None:
    hostile = "\x1b[31m<tanaka\u200b@reader.jp>\x00\r\n\u202eon such\x9b user".encode()
    assert answer(550, hostile) == "550 [31m<(宛先)> on such user"


def test_nobody_listening_is_no_answer() -> None:
    with pytest.raises(ServerUnreachable) as away:
        send(SmtpMailer(route(free_port())), letter())
    assert away.value.lasting is False


def test_a_server_that_never_answers_ends_by_the_timeout() -> None:
    with Silent() as port, pytest.raises(ServerUnreachable):
        send(SmtpMailer(route(port, timeout=0.2)), letter())


def test_an_exchange_ends_when_its_time_is_over_although_each_answer_is_quick(plain: Running) -> None:
    plain.mailer.longest = -1.0
    with pytest.raises(ServerUnreachable) as away:
        send(plain.mailer, letter())
    assert "too long" in away.value.reason
    assert plain.server.letters == []


class Silent:
    """A port that accepts and says nothing."""

    def __enter__(self) -> int:
        self.listener = socket.create_server(("127.0.0.1", 0))
        port: int = self.listener.getsockname()[1]
        return port

    def __exit__(self, *error: object) -> None:
        self.listener.close()


@dataclass
class Certificates:
    authority: ssl.SSLContext
    server: ssl.SSLContext


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate authority of these tests, and a server's certificate for 127.0.0.1 by it."""
    folder = tmp_path_factory.mktemp("certificates")
    if shutil.which("openssl") is None:
        not_run("no openssl to make certificates with")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)

    made = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    openssl(*made, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE")
    name = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    openssl(*made, "-keyout", "server.key", "-out", "server.pem", *name, *signed)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return Certificates(ssl.create_default_context(cafile=str(folder / "ca.pem")), context)


def authenticator(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"board", b"secret")
    return AuthResult(success=known, handled=False)


@pytest.fixture
def encrypted(certificates: Certificates) -> Iterator[Running]:
    server = Server()
    controller = Controller(
        server, hostname="127.0.0.1", port=free_port(), tls_context=certificates.server, require_starttls=True,
        authenticator=authenticator, auth_required=True,
    )
    controller.start()
    way = route(controller.port, starttls="required", user="board", password="secret")
    mailer = SmtpMailer(way, tls=certificates.authority)
    yield Running(server, way, mailer)
    mailer.close()
    stop(controller)


def test_mail_leaves_encrypted_and_signed_in(encrypted: Running) -> None:
    send(encrypted.mailer, letter())
    assert len(encrypted.server.letters) == 1
    assert encrypted.server.connections[0].ssl is not None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # aiosmtpd forgets its transport
def test_a_certificate_by_an_unknown_authority_stops_the_mail(encrypted: Running) -> None:
    with pytest.raises(ServerUnreachable) as away:
        send(SmtpMailer(encrypted.route), letter())
    assert "CERTIFICATE_VERIFY_FAILED" in away.value.reason
    assert encrypted.server.letters == []


def test_a_wrong_password_is_the_installations_fault_and_fails_no_mail(encrypted: Running) -> None:
    wrong = route(encrypted.route.port, starttls="required", user="board", password="wrong")
    mailer = SmtpMailer(wrong, tls=encrypted.mailer.tls)
    with pytest.raises(ServerUnreachable) as away:
        send(mailer, letter())
    assert "535" in away.value.reason


def test_a_server_without_starttls_gets_nothing(plain: Running) -> None:
    demanding = route(plain.route.port, starttls="required")
    with pytest.raises(ServerUnreachable) as away:
        send(SmtpMailer(demanding), letter())
    assert "STARTTLS" in away.value.reason
    assert plain.server.letters == []


def test_smtps_is_encrypted_from_the_first_byte(certificates: Certificates) -> None:
    server = Server()

    async def take_one() -> None:
        loop, port = asyncio.get_running_loop(), free_port()
        listening = await loop.create_server(
            lambda: SMTP(server, loop=loop), "127.0.0.1", port, ssl=certificates.server
        )
        mailer = SmtpMailer(route(port, implicit_tls=True), tls=certificates.authority)
        await loop.run_in_executor(None, send, mailer, letter())
        await loop.run_in_executor(None, mailer.close)
        listening.close()
        await listening.wait_closed()

    # In a thread of its own: browser tests leave a running loop in the main one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, take_one()).result()
    assert len(server.letters) == 1


def test_the_demonstration_sends_nothing_to_invented_addresses(plain: Running) -> None:
    mailer = open_mailer(plain.route, None, demonstration=True)
    for address in ("editor@aoba.example.jp", "a@x.example", "b@example.com"):
        with pytest.raises(MailRefused) as refused:
            send(mailer, letter(recipient=address))
        assert refused.value.lasting and not isinstance(refused.value, ServerUnreachable)
    assert plain.server.letters == []
    assert not is_invented("tanaka@example-city.lg.jp") and not is_invented("tanaka@testing.jp")


def test_no_line_is_longer_than_998_octets_and_all_is_seven_bit() -> None:
    content = letter(text="漢字" * 50_000, html=f"<p>{'漢字' * 50_000}</p>", subject="長い題名" * 60).as_bytes()
    assert max(map(len, content.split(b"\r\n"))) <= LINE and b"\n" not in content.replace(b"\r\n", b"")
    assert max(content) < 128
    assert read(content)["Subject"] == "長い題名" * 60


def test_the_longest_body_arrives_whole(plain: Running) -> None:
    text, html = f"{'漢字𠮷' * 100_000}\n.\n..\n.終", f"<p>{'髙﨑㈱' * 100_000}</p>"
    send(plain.mailer, letter(text=text, html=html))
    ((_, _, content),) = plain.server.letters
    assert max(map(len, content.split(b"\r\n"))) <= LINE and max(content) < 128
    plainly, marked = read(content).get_body(("plain",)), read(content).get_body(("html",))
    assert plainly and plainly.get_content().splitlines() == text.splitlines()
    assert marked and marked.get_content().splitlines() == [html]


@pytest.fixture(params=[True, False], ids=["at once", "one by one"])
def watched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SmtpMailer, list[str]]]:
    """A mailer on one connection, and which contents left."""
    went: list[str] = []
    hand_over = Line.hand_over

    def noted(line: Line) -> None:
        assert line.announced is not None
        went.append(f"content {line.announced.letter.message_id}")
        hand_over(line)

    monkeypatch.setattr(Line, "hand_over", noted)
    with FaultyServer(pipelines=request.param).running() as port:
        mailer = SmtpMailer(route(port))
        yield mailer, went
        mailer.close()


def test_no_content_leaves_while_the_caller_keeps_an_answer(watched: tuple[SmtpMailer, list[str]]) -> None:
    mailer, went = watched
    for answers in mailer.send(letter(message_id=f"d{number}@b") for number in range(3)):
        went += [f"settled {answer.message_id}" for answer in answers]
    assert went == [f"{what} d{number}@b" for number in range(3) for what in ("content", "settled")]


def test_of_the_next_letter_all_but_the_end_is_there_while_the_caller_keeps_an_answer() -> None:
    server = FaultyServer()
    with server.running() as port:
        mailer = SmtpMailer(route(port))
        for done, _ in enumerate(mailer.send(letter(message_id=f"d{number}@b") for number in range(3)), start=1):
            wait_for(lambda done=done: server.begun == min(done + 1, 3), "the next content begins")
            assert len(server.taken) == done
        mailer.close()


def test_a_content_that_was_begun_and_is_not_ended_is_no_mail() -> None:
    server = FaultyServer()
    with server.running() as port:
        mailer = SmtpMailer(route(port))
        letters = mailer.send(letter(message_id=f"d{number}@b") for number in range(2))
        next(letters)
        wait_for(lambda: server.begun == 2, "the next content begins")
        letters.close()
        mailer.close()
        wait_for(lambda: server.open == 0, "the connection ends")
    assert [name for name, _ in server.taken] == ["<d0@b>"]


def test_once_halted_no_content_leaves_and_what_was_announced_is_taken_back(watched: tuple[SmtpMailer, list[str]]) -> None:
    mailer, went = watched
    for answers in mailer.send((letter(message_id=f"d{number}@b") for number in range(3)), lambda: len(went) > 1):
        went.extend(f"settled {answer.message_id}" for answer in answers)
    assert went == ["content d0@b", "settled d0@b"]
    send(mailer, letter(message_id="d9@b"))
    assert went[2:] == ["content d9@b"]


def test_the_one_click_header_goes_out_as_it_stands_however_long() -> None:
    url = f"<https://{'jobs.' * 30}example.go.jp/u/AAAAAAAAAAAAAAAAAAAAAA>"
    content = letter(headers={"List-Unsubscribe": url, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}).as_bytes()
    assert f"\r\nList-Unsubscribe: {url}\r\n".encode() in content
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content


def test_many_references_are_folded_and_read_back() -> None:
    thread = " ".join(f"<posting-{number}@jobs.example.go.jp>" for number in range(20))
    content = letter(headers={"References": thread}).as_bytes()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert " ".join(read(content)["References"].split()) == thread


@pytest.mark.parametrize(
    "values",
    [
        {"recipient": "a@b.jp, c@d.jp"},
        {"recipient": "a@b.jp\r\nBcc: c@d.jp"},
        {"recipient": "名前 <a@b.jp>"},
        {"recipient": ""},
        {"envelope_sender": "a@b.jp> SIZE=1"},
        {"subject": "題名\r\nBcc: c@d.jp"},
        {"subject": "題名\u2028次"},
        {"sender_name": "名\n前"},
        {"message_id": "a@b>\r\nX: y"},
        {"headers": {"X-A": "b\r\nBcc: c@d.jp"}},
        {"headers": {"X-A: b\r\nBcc": "c@d.jp"}},
        {"headers": {"X-A": "x" * 1_000}},
    ],
)
def test_a_letter_that_could_hold_a_second_recipient_or_header_cannot_be_made(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        letter(**values)


def test_the_folder_keeps_one_file_per_mail_however_often_it_is_sent(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "outbox")
    for _ in range(2):
        assert send(mailer, letter()) == WRITTEN
    send(mailer, letter(message_id="d2@b", date=DATE + dt.timedelta(seconds=1)))
    names = sorted(file.name for file in (tmp_path / "outbox").iterdir())
    assert names == ["20260401T000000Z-d1.eml", "20260401T000001Z-d2.eml"]
    assert read((tmp_path / "outbox" / names[0]).read_bytes())["To"] == "tanaka@reader.jp"
    assert (tmp_path / "outbox" / names[0]).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ServerUnreachable):
        send(FolderMailer(tmp_path / "file" / "outbox"), letter())
