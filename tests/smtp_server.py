"""A slow SMTP server in a process of its own: `python -m tests.smtp_server PORT RECORD`.

It appends recipient and Message-ID of each mail that it accepts to the record, before it answers. It refuses recipients at
`refused.example`, and once the record has `CRASHES_AT` lines, it ends before it answers the first time.
"""

import asyncio
import email
import os
import sys
import time
from email.policy import default
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP

DELAY: Final = 0.01
"""Seconds for each mail."""
CRASHES_AT: Final = 150


class Recorder:
    """Handles mails by recording them."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._has_crashed = len(lines_of(record)) >= CRASHES_AT

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.endswith("@refused.example"):
            return "550 no such recipient"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(DELAY)
        message_id = email.message_from_bytes(envelope.content, policy=default)["Message-ID"]
        with self._record.open("a") as file:
            file.write(f"{time.time():.3f} {envelope.rcpt_tos[0]} {message_id}\n")
        if not self._has_crashed and len(lines_of(self._record)) >= CRASHES_AT:
            os._exit(1)
        return "250 OK"


def lines_of(record: Path) -> list[str]:
    """Return the lines of the record."""
    return record.read_text().splitlines() if record.exists() else []


async def main(port: int, record: Path) -> None:
    """Serve until the process ends."""
    handler = Recorder(record)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
