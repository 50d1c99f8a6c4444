"""gunicorn's logger (``--logger-class jobboard.web.access_log.MaskedAccessLog``): its access log is off unless asked for."""

from typing import Any

from gunicorn.glogging import Logger  # gunicorn ships no types

from jobboard.web.logging import mask


class MaskedAccessLog(Logger):
    """Writes no token of a link and no mail address, whatever format the access log is given."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> Any:
        found = super().atoms(resp, req, environ, request_time)
        return {name: mask(text) if isinstance(text, str) else text for name, text in found.items()}
