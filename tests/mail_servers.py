"""Ending a mail server of the tests without a trace that a later test would stumble over."""

import asyncio
import contextlib
import gc
import logging
import weakref

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

# Its thread still talks when the test that began it is over, into an output that pytest has closed.
logging.getLogger("mail.log").propagate = False

_connections: "weakref.WeakSet[asyncio.BaseTransport]" = weakref.WeakSet()
_begin = SMTP.connection_made


def _begin_and_remember(server: SMTP, transport: asyncio.BaseTransport) -> None:
    _connections.add(transport)
    _begin(server, transport)


SMTP.connection_made = _begin_and_remember  # type: ignore[method-assign]


async def _abort() -> None:
    """A client that breaks off in the middle of TLS leaves a transport that asyncio does not close before Python 3.13."""
    loop = asyncio.get_running_loop()
    for transport in list(_connections):
        if isinstance(transport, asyncio.WriteTransport) and getattr(transport, "_loop", None) is loop:
            transport.abort()
    for _ in range(3):  # what is aborted is closed in the next round of the loop
        await asyncio.sleep(0)


def stop(controller: Controller) -> None:
    """Ends it, and what it still talks to. What our own side has left open is found first, while the server holds its ends.

    All of that is young: the oldest generation, where the rest of the suite lies, need not be walked.
    """
    gc.collect(1)
    if controller.loop.is_running():
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_abort(), controller.loop).result(5)
    controller.stop()
