"""What the server refuses before the application is asked: the reader gets a page that helps on all the same."""

import gc
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

from jobboard import places
from jobboard.web.security import HEADERS

_STATUS = {LimitRequestLine: "414 URI Too Long", LimitRequestHeaders: "431 Request Header Fields Too Large"}


class Worker(ThreadWorker):
    """gunicorn's threaded worker with a page of ours where an address or a header is longer than the server reads."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        gc.freeze()  # just before the fork: the application stays, and its memory is shared as long as nobody walks it

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        status = next((status for kind, status in _STATUS.items() if isinstance(exc, kind)), None)
        if status is None:
            super().handle_error(req, client, addr, exc)
            return
        try:
            client.sendall(_answer(status))
        except OSError:
            self.log.debug("the reader has gone")


def _answer(status: str) -> bytes:
    """A whole HTTP/1.1 response; the connection ends with it, since the rest of the request was not read."""
    page = (places.templates_folder() / "errors" / "too_long.html").read_bytes()
    own = {
        "Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(page)), "Cache-Control": "no-store",
        "Connection": "close",
    }  # fmt: skip
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {text}" for name, text in {**HEADERS, **own}.items())]
    return "\r\n".join([*lines, "", ""]).encode() + page
