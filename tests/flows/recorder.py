"""An SMTP server in a process of its own: writes down what arrived before it says so. Run as a program.

Arguments: folder (``port`` and ``arrived`` are written there), seconds that each message takes.
"""

import asyncio
import os
import sys
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Recorder:
    """One line per message: Message-ID, recipients."""

    def __init__(self, file: Path, takes: float) -> None:
        self.descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.takes = takes

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message = message_from_bytes(envelope.content or b"")  # type: ignore[arg-type]
        os.write(self.descriptor, f"{message['Message-ID']} {','.join(envelope.rcpt_tos)}\n".encode())
        await asyncio.sleep(self.takes)
        return "250 OK"


async def serve(folder: Path, takes: float) -> None:
    recorder = Recorder(folder / "arrived", takes)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(recorder, hostname="recorder", loop=loop), "127.0.0.1", 0)
    fresh = folder / "port.fresh"
    fresh.write_text(str(server.sockets[0].getsockname()[1]))
    fresh.rename(folder / "port")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
