"""Ending a mail server of the tests without a trace that a later test would stumble over."""

import gc
import logging
import warnings

from aiosmtpd.controller import Controller

# Its thread still talks when the test that began it is over, into an output that pytest has closed.
logging.getLogger("mail.log").propagate = False


def stop(controller: Controller) -> None:
    """Ends it. A client that breaks off in the middle of TLS leaves a transport that asyncio does not close before Python 3.13.

    What our own side has left open is found first, while the server still holds its ends. All of it is young: the oldest
    generation, where the rest of the suite lies, need not be walked.
    """
    gc.collect(1)
    controller.stop()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect(1)
