"""`jobboard check --mail`: the DNS by a server of the test on loopback, the mail server by a real one."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from aiosmtpd.controller import Controller

from jobboard.commands import mail_dns, mail_route
from jobboard.commands.mail_dns import Finding, Names
from jobboard.config import Config
from jobboard.setting_values import smtp_route
from tests.flows.site import free_port
from tests.mail_servers import stop
from tests.test_cli import Say, environ, say
from tests.test_mailer import Certificates, Server, Silent, certificates

__all__ = ["certificates", "environ", "say"]

GOOD = {
    "jobs.go.jp TXT": ["google-site-verification=x", "v=spf1 include:_spf.relay.jp -all"],
    "_spf.relay.jp TXT": ["v=spf1 ip4:192.0.2.0/24 ~all"],
    "jobs.go.jp MX": ["20 backup.jobs.go.jp.", "10 mx.jobs.go.jp."],
    "mx.jobs.go.jp A": ["192.0.2.1"],
    "backup.jobs.go.jp A": ["192.0.2.2"],
    "m1._domainkey.jobs.go.jp TXT": ["v=DKIM1; k=rsa; p=" + base64.b64encode(b"k" * 294).decode()],
    "_dmarc.jobs.go.jp TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@jobs.go.jp"],
}


@contextmanager
def answering(zone: dict[str, list[str]]) -> Iterator[Names]:
    """The DNS as ``zone`` ("name TYPE": values) says it, over UDP; what is not in it does not exist."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    listener.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                packet, whom = listener.recvfrom(4096)
            except TimeoutError:
                continue
            listener.sendto(_answer(zone, packet), whom)

    thread = threading.Thread(target=serve)
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], listener.getsockname()[1]
    try:
        yield Names(resolver)
    finally:
        over.set()
        thread.join()
        listener.close()


def _answer(zone: dict[str, list[str]], packet: bytes) -> bytes:
    answer = dns.message.make_response(dns.message.from_wire(packet))
    (asked,) = answer.question
    name, kind = asked.name.to_text(omit_final_dot=True), asked.rdtype.name
    values = zone.get(f"{name} {kind}", [])
    if values == ["SERVFAIL"]:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif values:
        texts = [" ".join(f'"{value[i : i + 200]}"' for i in range(0, len(value), 200)) for value in values]
        answer.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", kind, texts if kind == "TXT" else values))
    elif not any(key.startswith(f"{name} ") for key in zone):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()


@pytest.fixture
def settings() -> Config:
    return Config.from_environ({
        "JOBBOARD_SECRET_KEY": "s" * 40, "JOBBOARD_TOKEN_KEY": "t" * 40, "JOBBOARD_MAIL_FROM": "oshirase@jobs.go.jp",
        "JOBBOARD_BOUNCE_ADDRESS": "bounces@jobs.go.jp", "JOBBOARD_DKIM_SELECTOR": "m1", "JOBBOARD_BASE_URL": "https://jobs.go.jp",
    })  # fmt: skip


def looked(settings: Config, zone: dict[str, list[str]]) -> dict[str, Finding]:
    """The findings by what they are of."""
    with answering(zone) as names:
        return {finding.subject.partition("(")[0]: finding for finding in mail_dns.findings(settings, names)}


def test_a_domain_that_is_set_up_well_is_well_in_all_four(settings: Config) -> None:
    found = looked(settings, GOOD)
    assert {subject: finding.level for subject, finding in found.items()} == dict.fromkeys(("SPF", "DKIM", "DMARC", "MX"), "良好")
    assert "mx.jobs.go.jp に届きます" in found["MX"].words, "the preferred one"


SPF, MX, DKIM, DMARC = "jobs.go.jp TXT", "jobs.go.jp MX", "m1._domainkey.jobs.go.jp TXT", "_dmarc.jobs.go.jp TXT"


@pytest.mark.parametrize(
    ("record", "values", "level", "said"),
    [
        (SPF, [], "異常", "ありません"),
        (SPF, ["v=spf1 -all", "v=spf1 mx -all"], "異常", "2つあり"),
        (SPF, ["v=spf1 +all"], "異常", "+all"),
        (SPF, ["v=spf1 " + "a:x.jp " * 11 + "-all"], "異常", "語が11"),
        (SPF, ["v=spf1 include:_loop.jobs.go.jp -all"], "良好", "v=spf1"),
        (SPF, ["v=spf1 mx"], "注意", "終わりが"),
        (SPF, ["v=spf1 redirect=_spf.relay.jp"], "良好", "redirect"),
        (SPF, ["SERVFAIL"], "調べられません", "DNSが答えない"),
        (DKIM, [], "異常", "公開鍵がありません"),
        (DKIM, ["v=DKIM1; p="], "異常", "取り消されて"),
        (DKIM, ["v=DKIM1; p=abc"], "異常", "読めません"),
        (DKIM, ["v=DKIM1; p=" + base64.b64encode(b"k" * 162).decode()], "注意", "2048"),
        (DKIM, ["v=DKIM1; p=" + base64.b64encode(b"k" * 94).decode()], "異常", "2048"),
        (DKIM, ["v=DKIM1; k=ed25519; p=" + base64.b64encode(b"k" * 32).decode()], "良好", "鍵があります"),
        (DKIM, ["v=DKIM1; t=y; p=" + base64.b64encode(b"k" * 294).decode()], "注意", "試験中"),
        (DMARC, [], "異常", "ありません"),
        (DMARC, ["v=DMARC1; p=none"], "注意", "p=none"),
        (DMARC, ["v=DMARC1; p=nonsense"], "異常", "読めません"),
        (DMARC, ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "異常", "2つあり"),
        (MX, [], "異常", "MXがありません"),
        (MX, ["0 ."], "異常", "null MX"),
        (MX, ["10 gone.jobs.go.jp."], "異常", "gone.jobs.go.jp"),
        (MX, ["10 mx.jobs.go.jp.", "20 gone.jobs.go.jp."], "注意", "gone.jobs.go.jp"),
    ],
)
def test_each_thing_that_is_not_well_is_named_with_what_to_do(
    settings: Config, record: str, values: list[str], level: str, said: str
) -> None:
    subject = {SPF: "SPF", DKIM: "DKIM", DMARC: "DMARC", MX: "MX"}[record]
    loop = {"_loop.jobs.go.jp TXT": ["v=spf1 include:_loop.jobs.go.jp -all"]}
    found = looked(settings, {**GOOD, **loop, record: values})
    assert (found[subject].level, said in found[subject].words) == (level, True), found[subject]


@pytest.mark.parametrize(
    ("returns", "zone", "level"),
    [
        ("bounces.jobs.go.jp", {}, "良好"),
        ("bounces.jobs.go.jp", {"_dmarc.jobs.go.jp TXT": ["v=DMARC1; p=reject; aspf=s"]}, "注意"),
        ("relay.jp", {}, "注意"),
        ("other.go.jp", {"_dmarc.go.jp TXT": ["v=DMARC1; p=reject; psd=y"], "_dmarc.jobs.go.jp TXT": []}, "注意"),
    ],
)
def test_dmarc_needs_the_two_domains_to_be_of_one_organisation(
    settings: Config, returns: str, zone: dict[str, list[str]], level: str
) -> None:
    with answering({**GOOD, **zone}) as names:
        found = list(mail_dns.findings(replace(settings, bounce_address=f"b@{returns}"), names))
    assert found[2].level == level and ("揃いません" in found[2].words) is (level == "注意")


def test_without_a_selector_or_a_real_domain_it_says_what_to_set(settings: Config) -> None:
    with answering(GOOD) as names:
        found = list(mail_dns.findings(replace(settings, dkim_selector="", bounce_address="b@localhost"), names))
    assert [finding.level for finding in found] == ["調べられません", "注意", "注意", "調べられません"]
    assert "JOBBOARD_DKIM_SELECTOR" in found[1].words


def route(settings: Config, url: str) -> list[Finding]:
    return list(mail_route.findings(replace(settings, smtp_url=smtp_route(url))))


def test_the_mail_server_is_looked_at_and_gets_no_mail(settings: Config, certificates: Certificates) -> None:
    server = Server()
    controller = Controller(
        server, hostname="127.0.0.1", port=free_port(), tls_context=certificates.server, data_size_limit=1_000
    )
    controller.start()
    url = f"smtp://127.0.0.1:{controller.port}"
    settings = replace(settings, smtp_url=smtp_route(url))
    trusted = list(mail_route.findings(settings, certificates.authority))
    assert [finding.level for finding in trusted] == ["良好", "注意", "注意"]
    assert "PIPELINING" in trusted[1].words and "1,000バイト" in trusted[2].words
    (strange,) = mail_route.findings(settings)
    assert strange.level == "異常" and "証明書" in strange.words
    assert "starttls=required" in route(settings, f"{url}?starttls=off")[0].words
    stop(controller)
    assert server.letters == [] and server.connections == []
    (closed,) = route(settings, url)
    assert closed.level == "異常" and "つながりません" in closed.words


def test_the_maildir_of_what_comes_back_is_always_looked_at(say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "Maildir" not in say("check").out
    monkeypatch.setenv("JOBBOARD_BOUNCE_MAILDIR", str(tmp_path / "box"))
    missing = say("check")
    assert missing.code == 1 and f"異常  Maildir({tmp_path / 'box'}): new/ がありません" in missing.out
    (tmp_path / "box" / "new").mkdir(parents=True)
    there = say("check")
    assert there.code == 0 and "良好  Maildir(" in there.out


def test_a_silent_server_and_one_that_is_nowhere(settings: Config) -> None:
    with Silent() as port:
        (silent,) = route(settings, f"smtp://127.0.0.1:{port}?timeout=1&starttls=off")
    (nowhere,) = route(settings, "smtp://mail.invalid?starttls=off")
    assert (silent.level, nowhere.level) == ("異常", "調べられません")


def test_the_command_says_it_all_and_ends_with_1_only_for_what_is_wrong(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    well = say("check", "--mail")
    assert well.code == 0 and well.out.count("調べられません") == 4 and "JOBBOARD_SMTP_URL が無い" in well.out
    for name in ("MAIL_FROM", "BOUNCE_ADDRESS"):
        monkeypatch.setenv(f"JOBBOARD_{name}", "oshirase@jobs.go.jp")
    with answering({**GOOD, MX: []}) as names:
        monkeypatch.setattr(dns.resolver, "default_resolver", names.resolver)
        wrong = say("check", "--mail")
    assert wrong.code == 1 and "異常  MX(jobs.go.jp): MXがありません" in wrong.out
    monkeypatch.setattr(dns.resolver, "default_resolver", None)
    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", nothing_there)
    unasked = say("check", "--mail")
    assert unasked.code == 0 and unasked.out.count("DNSが答えないので") == 4


def nothing_there(*_: object) -> None:
    raise dns.resolver.NoResolverConfiguration
