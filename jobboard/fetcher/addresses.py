"""Which addresses may be connected to: those of the public internet. The checked address is the one connected to."""

import socket
from collections.abc import Callable, Collection
from ipaddress import IPv6Address, ip_address
from queue import Empty, SimpleQueue
from threading import Thread

from jobboard.base.collecting import Fetched
from jobboard.base.fetching import NotFetched
from jobboard.base.public_addresses import is_public

Resolve = Callable[[str, int], Collection[str]]
"""The addresses of a name, as texts; raises ``OSError`` where it has none."""


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


