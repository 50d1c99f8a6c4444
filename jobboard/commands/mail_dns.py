"""`jobboard check --mail`: what the DNS says of the domains that mail leaves from. Looks, and sends nothing.

RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC; its record is sought upward label by label, as its successor does),
RFC 5321 5.1 and RFC 7505 (MX).
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import dns.exception
import dns.resolver
from dns.rdatatype import RdataType

from jobboard.config import Config
from jobboard.mailer import is_invented

Level = Literal["良好", "注意", "異常", "調べられません"]

LIFETIME = 5.0
"""Seconds that one question may take."""

MOST_LOOKUPS = 10
"""Terms that make a receiver ask the DNS, in one SPF check (RFC 7208, 4.6.4)."""

MOST_LABELS = 8
"""A DMARC record is sought at the domain itself, then at the last so many labels less one, and upward."""

_ASKING = {"include", "a", "mx", "ptr", "exists", "redirect"}


@dataclass(frozen=True)
class Finding:
    """One line: how it stands, of what, and what to do."""

    level: Level
    subject: str
    words: str

    def line(self) -> str:
        return f"{self.level}  {self.subject}: {self.words}"


Look = tuple[Level, str]


class Unanswered(Exception):
    """The DNS gave no answer, neither yes nor no."""


class Names:
    """The DNS as texts and hosts; what is not there is an empty list. Raises ``Unanswered``."""

    def __init__(self, resolver: dns.resolver.Resolver) -> None:
        self.resolver = resolver

    def texts(self, name: str, begin: str = "") -> list[str]:
        """The TXT records that begin so, each joined from its strings."""
        found = (b"".join(row.strings).decode("utf-8", "replace") for row in self._ask(name, RdataType.TXT))
        return [text for text in found if text.lower().startswith(begin)]

    def exchanges(self, name: str) -> list[str]:
        """The hosts of the MX records, the preferred first; an empty name is the null MX."""
        rows = sorted(self._ask(name, RdataType.MX), key=lambda row: row.preference)
        return [str(row.exchange).rstrip(".") for row in rows]

    def has_address(self, name: str) -> bool:
        return bool(self._ask(name, RdataType.A) or self._ask(name, RdataType.AAAA))

    def _ask(self, name: str, kind: RdataType) -> list:  # type: ignore[type-arg]
        try:
            return list(self.resolver.resolve(name, kind, lifetime=LIFETIME, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise Unanswered from error


def system_names() -> Names | None:
    """The DNS as this machine is set to ask it; None when it is not."""
    try:
        return Names(dns.resolver.get_default_resolver())
    except (dns.exception.DNSException, OSError):
        return None


def findings(config: Config, names: Names | None) -> Iterator[Finding]:
    """A line on each of SPF, DKIM, DMARC and MX."""
    sender, returns = (address.rpartition("@")[2].lower() for address in (config.mail_from, config.bounce_address))
    questions: tuple[tuple[str, str, Callable[[Names], Look]], ...] = (
        (f"SPF({returns})", returns, lambda asked: _spf(asked, returns)),
        (f"DKIM({sender})", sender, lambda asked: _dkim(asked, config.dkim_selector, sender)),
        (f"DMARC({sender})", sender, lambda asked: _dmarc(asked, sender, returns)),
        (f"MX({returns})", returns, lambda asked: _mx(asked, returns)),
    )
    for subject, domain, look in questions:
        if "." not in domain or is_invented(domain):
            yield Finding("調べられません", subject, "実在しないドメインです。本番のアドレスを設定してから調べてください")
        elif names is None:
            yield _unasked(subject)
        else:
            try:
                level, words = look(names)
                yield Finding(level, subject, words)
            except Unanswered:
                yield _unasked(subject)


def _unasked(subject: str) -> Finding:
    return Finding("調べられません", subject, "DNSが答えないので、確かめていません。ネットワークにつながる所でもう一度実行してください")


def _spf(names: Names, domain: str) -> Look:
    found = [text for text in names.texts(domain, "v=spf1") if text.lower().partition(" ")[0] == "v=spf1"]
    if not found:
        return "異常", "ありません。中継サーバーを許すTXTを書いてください(例: v=spf1 include:… -all)"
    if len(found) > 1:
        return "異常", f"{len(found)}つあり、受け取る側は無効とします。1つにまとめてください"
    terms = found[0].lower().split()[1:]
    if {"all", "+all"} & set(terms):
        return "異常", "+all はだれにでも差出人を名乗らせます。-all か ~all にしてください"
    lookups = _lookups(names, terms, set())
    if lookups > MOST_LOOKUPS:
        return "異常", f"DNSを引く語が{lookups}あり、上限の{MOST_LOOKUPS}を超えています。include などを減らしてください"
    if not terms or not (terms[-1] in ("-all", "~all") or any(term.startswith("redirect=") for term in terms)):
        return "注意", "終わりが -all でも ~all でもありません。許さないサーバーをはっきり断ってください"
    return "良好", f"{found[0]} (中継サーバーのIPアドレスが入っているかは、その運営者に確かめてください)"


def _lookups(names: Names, terms: list[str], seen: set[str]) -> int:
    """Terms that ask the DNS, also those of what is included; stops above the limit."""
    count = 0
    for term in terms:
        mechanism, *rest = re.split("[:=/]", term.lstrip("+-~?"), maxsplit=1)
        count += mechanism in _ASKING
        target = "".join(rest)
        if mechanism in ("include", "redirect") and target not in seen and len(seen) <= MOST_LOOKUPS:
            seen.add(target)
            for text in names.texts(target, "v=spf1")[:1]:
                count += _lookups(names, text.lower().split()[1:], seen)
    return count


def _dkim(names: Names, selector: str, domain: str) -> Look:
    if not selector:
        return "注意", "JOBBOARD_DKIM_SELECTOR が無いので調べていません。中継サーバーが署名に使うセレクターを設定してください"
    name = f"{selector}._domainkey.{domain}"
    keys = [tags for tags in map(_tags, names.texts(name)) if "p" in tags]
    if not keys:
        return "異常", f"{name} に公開鍵がありません。中継サーバーが示すTXTを書いてください"
    key = "".join(keys[0]["p"].split())
    if not key:
        return "異常", f"{name} の鍵は取り消されています(p= が空)。新しいセレクターの鍵を書いてください"
    try:
        octets = len(base64.b64decode(key, validate=True))
    except binascii.Error:
        return "異常", f"{name} の p= が読めません。途中で切れていないか確かめてください"
    if keys[0].get("k", "rsa") == "rsa" and octets < _RSA_2048:
        weak: Level = "異常" if octets < _RSA_1024 else "注意"
        return weak, f"{name} の鍵が短すぎます。2048ビットの鍵に替えてください"
    if "y" in keys[0].get("t", "").split(":"):
        return "注意", f"{name} は試験中(t=y)です。確かめ終えたら t=y を消してください"
    return "良好", f"{name} に鍵があります(メールがこの鍵で署名されているかは、届いたメールで確かめてください)"


_RSA_1024, _RSA_2048 = 160, 290
"""Octets of a SubjectPublicKeyInfo: 162 for 1024 bits, 294 for 2048."""


def _dmarc(names: Names, sender: str, returns: str) -> Look:
    records = _walk(names, sender)
    if not records:
        return "異常", f"ありません。_dmarc.{sender} にTXTを書いてください(例: v=DMARC1; p=quarantine; rua=mailto:…)"
    domain, texts = records[0]
    if len(texts) > 1:
        return "異常", f"_dmarc.{domain} に{len(texts)}つあり、受け取る側は無効とします。1つにまとめてください"
    tags = _tags(texts[0])
    policy = tags.get("p" if domain == sender else "sp", tags.get("p", "")).lower()
    if policy not in ("none", "quarantine", "reject"):
        return "異常", f"_dmarc.{domain} の p= が読めません。none、quarantine、reject のどれかにしてください"
    strict = tags.get("aspf", "r").lower() == "s"
    if sender != returns and (strict or _organisation(sender, records) != _organisation(returns, _walk(names, returns))):
        return "注意", f"SPFのドメイン({returns})は差出人と揃いません。DKIMだけが頼りです。BOUNCE_ADDRESSを差出人のドメインに置いてください"
    if policy == "none":
        return "注意", f"_dmarc.{domain} は p=none(見るだけ)です。報告を確かめたら quarantine か reject にしてください"
    return "良好", f"_dmarc.{domain} は p={policy} で、SPFのドメインは差出人と揃います"


def _walk(names: Names, domain: str) -> list[tuple[str, list[str]]]:
    """The DMARC records from the domain upward: (domain, texts)."""
    labels = domain.split(".")
    starts = [0, *range(max(1, len(labels) - MOST_LABELS + 1), len(labels) - 1)]
    parents = dict.fromkeys(".".join(labels[start:]) for start in starts)
    asked = ((parent, names.texts(f"_dmarc.{parent}", "v=dmarc1")) for parent in parents)
    return [(parent, texts) for parent, texts in asked if texts]


def _organisation(domain: str, records: list[tuple[str, list[str]]]) -> str:
    """The domain that its subdomains align under: the highest that has a record, but never a public suffix (psd=y)."""
    for parent, texts in records:
        suffix = _tags(texts[0]).get("psd", "u").lower()
        if suffix == "n":
            return parent
        if suffix == "y" and parent != domain:
            return domain.removesuffix(f".{parent}").rpartition(".")[2] + f".{parent}"
    return records[-1][0] if records else domain


def _tags(text: str) -> dict[str, str]:
    """``v=DKIM1; k=rsa; p=…`` by name."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _mx(names: Names, domain: str) -> Look:
    hosts = names.exchanges(domain)
    if hosts == [""]:
        return "異常", "メールを受けないドメインです(null MX)。戻ってきたメールを受けるサーバーを書いてください"
    if not hosts:
        if names.has_address(domain):
            return "注意", "MXがなく、ドメインのアドレスに届きます。MXを書いてください"
        return "異常", "MXがありません。戻ってきたメールが届かず、宛先の無い人に送り続けます"
    missing = [host for host in hosts if not names.has_address(host)]
    if missing:
        return "異常" if missing == hosts else "注意", f"{missing[0]} のIPアドレスがありません。MXかそのホストを直してください"
    return "良好", f"{hosts[0]} に届きます(「+印」の付いた宛先も受けるか、試しに送って確かめてください)"
