"""Which addresses may be connected to: those of the public internet. The checked address is the one connected to.

IANA's registries of special-purpose addresses (RFC 6890) and what hides another address within itself (RFC 4291, 3056, 4380, 6052).
"""

import socket
from collections.abc import Callable, Collection
from ipaddress import IPv6Address, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread

from jobboard.base.collecting import Fetched
from jobboard.base.fetching import NotFetched

Resolve = Callable[[str, int], Collection[str]]
"""The addresses of a name, as texts; raises ``OSError`` where it has none."""

_REFUSED = [
    ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
]  # fmt: skip
_PUBLIC_6 = ip_network("2000::/3")
"""The only part of IPv6 that is given out for use on the internet; mapped and translated IPv4 (::/96, 64:ff9b::/96) lie outside."""


def is_public(address: str) -> bool:
    """Whether the address belongs to the public internet and to one host of it."""
    try:
        one = ip_address(address)
    except ValueError:
        return False
    if isinstance(one, IPv6Address) and (one.scope_id or one not in _PUBLIC_6):
        return False
    return one.is_global and not any(one in network for network in _REFUSED if network.version == one.version)


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system knows for a name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def checked(host: str, port: int, resolve: Resolve, allowed: Collection[tuple[str, int]], seconds: float) -> list[str]:
    """The addresses of the host that may be connected to, in order; ``seconds`` is how long the name may take.

    Raises ``NotFetched`` when there is none, and when one among them is not public: such a name is no municipality's.
    """
    try:
        found = list(dict.fromkeys(_in_time(lambda: resolve(host, port), seconds)))
    except TimeoutError:
        raise NotFetched(Fetched.SLOW, "名前を調べる間に時間切れになりました。") from None
    except (OSError, UnicodeError):
        raise NotFetched(Fetched.UNREACHABLE, "サーバーの名前が見つかりません。") from None
    if not found:
        raise NotFetched(Fetched.UNREACHABLE, "サーバーの名前が見つかりません。")
    for address in found:
        if not is_public(address) and (address, port) not in allowed:
            raise NotFetched(Fetched.ADDRESS, f"公開されたインターネットのアドレスではありません: {address[:45]}")
    return [str(ip_address(one)) for one in sorted(found, key=lambda one: isinstance(ip_address(one), IPv6Address))]


def _in_time(call: Callable[[], Collection[str]], seconds: float) -> Collection[str]:
    """The system's resolver cannot be interrupted: it is left behind when its time is over."""
    answers: SimpleQueue[Collection[str] | Exception] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(call())
        except Exception as error:
            answers.put(error)

    Thread(target=run, daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


