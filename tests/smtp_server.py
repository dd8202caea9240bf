"""An SMTP server in a process of its own: `python -m tests.smtp_server PORT RECORD DELAY CRASHES_AT`.

It takes DELAY seconds for each mail, and appends time, recipient and Message-ID of each that it accepts to the record, before it answers.
It refuses recipients at `refused.example`. The first time that the record has CRASHES_AT lines, it ends before it answers; 0: never.
"""

import asyncio
import email
import os
import subprocess
import sys
import time
from email.policy import default
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP

ROOT = Path(__file__).parents[1]


class AcceptedMail(NamedTuple):
    """A line of the record."""

    at: float
    recipient: str
    message_id: str


class MailServer:
    """The process, and what it has accepted."""

    def __init__(self, port: int, record: Path, *, delay: float = 0.0, crashes_at: int = 0) -> None:
        self.port = port
        self._record = record
        self._command = [sys.executable, "-m", "tests.smtp_server", str(port), str(record), str(delay), str(crashes_at)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, again if it has crashed, and wait until it accepts connections."""
        self.stop()
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def has_crashed(self) -> bool:
        """Return whether the process has ended."""
        assert self._process is not None
        return self._process.poll() is not None

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def accepted(self) -> list[AcceptedMail]:
        """Return the accepted mails, in order; one whose answer was lost may be there twice."""
        return accepted_in(self._record)


def accepted_in(record: Path) -> list[AcceptedMail]:
    """Return the lines of a record."""
    lines = (line.split() for line in record.read_text().splitlines()) if record.exists() else ()
    return [AcceptedMail(float(at), recipient, message_id) for at, recipient, message_id in lines]


class Recorder:
    """Handles mails by recording them."""

    def __init__(self, record: Path, delay: float, crashes_at: int) -> None:
        self._record = record
        self._delay = delay
        self._left = crashes_at - len(accepted_in(record))

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.endswith("@refused.example"):
            return "550 no such recipient"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self._delay)
        message_id = email.message_from_bytes(envelope.content, policy=default)["Message-ID"]
        with self._record.open("a") as file:
            file.write(f"{time.time():.4f} {envelope.rcpt_tos[0]} {message_id}\n")
        self._left -= 1
        if self._left == 0:
            os._exit(1)
        return "250 OK"


async def main(port: int, handler: Recorder) -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Recorder(Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))))
