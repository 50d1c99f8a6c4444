"""An SMTP server in a process of its own: writes down what arrived before it says so. Run as a program.

Arguments: folder (``port`` and ``arrived`` are written there), seconds that each message takes. Nothing is forced to the disk:
this process is never killed before the test has read what it wrote.
"""

import asyncio
import contextlib
import os
import re
import sys
from pathlib import Path

LARGEST = 2**22
"""Octets of a message."""

_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(rb"<([^>]*)>")


class Recorder:
    """One line per message: Message-ID, recipients."""

    def __init__(self, file: Path, takes: float) -> None:
        self.descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.takes = takes

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until the other side goes; commands may be pipelined (RFC 2920)."""
        writer.write(b"220 recorder ESMTP\r\n")
        recipients: list[bytes] = []
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go ahead\r\n")
                    await self._record(await reader.readuntil(b"\r\n.\r\n"), recipients)
                elif verb == b"EHLO":
                    writer.write(b"250-recorder\r\n250-PIPELINING\r\n")
                elif verb == b"RCPT":
                    recipients += _ADDRESS.findall(line)
                elif verb == b"QUIT":
                    break
                else:
                    recipients = []
                writer.write(b"250 OK\r\n")
        writer.close()

    async def _record(self, message: bytes, recipients: list[bytes]) -> None:
        found = _MESSAGE_ID.search(message)
        assert found is not None
        os.write(self.descriptor, b"%s %s\n" % (found[1], b",".join(recipients)))
        await asyncio.sleep(self.takes)


async def serve(folder: Path, takes: float) -> None:
    recorder = Recorder(folder / "arrived", takes)
    server = await asyncio.start_server(recorder.talk, "127.0.0.1", 0, limit=LARGEST)
    fresh = folder / "port.fresh"
    fresh.write_text(str(server.sockets[0].getsockname()[1]))
    fresh.rename(folder / "port")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
