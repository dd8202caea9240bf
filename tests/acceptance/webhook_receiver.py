"""A receiver of webhooks in its own process: it misbehaves as the first part of the path says, then answers 200 to the same id.

Each request is a line of JSON in a file, written before the answer. The program prints its port and needs the standard library only:
`webhook_receiver.py RECORDS [CERTIFICATE KEY]`.
"""

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

HANGS_FOR: Final = 600.0
SLOW: Final = 1.0
CHUNK: Final = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
STATUS_LINES: Final = {
    "failing": "500 No", "redirecting": "302 Found\r\nLocation: /elsewhere", "gone": "410 Gone",
}  # fmt: skip


class Receiver:
    """The client side of a running receiver."""

    def __init__(self, base: str, records: Path) -> None:
        self.base = base
        self._records = records

    def received(self, path: str = "/") -> list[dict[str, Any]]:
        """Return the requests so far whose path begins like this, in the order of arrival."""
        lines = self._records.read_text().splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [one for one in found if one["path"].startswith(path)]


@contextmanager
def running(records: Path, *certificate: Path) -> Iterator[Receiver]:
    """Run a receiver, with TLS if given the files of a certificate and its key."""
    records.touch()
    command = [sys.executable, __file__, str(records), *map(str, certificate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Receiver(f"{'https' if certificate else 'http'}://127.0.0.1:{int(process.stdout.readline())}", records)
        finally:
            process.kill()


async def _serve(records: Path, *certificate: str) -> None:
    seen: set[tuple[str, str]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await _answer(reader, writer):
                pass
        writer.close()

    async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request_line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = request_line.split(" ")[1]
        with records.open("a") as file:
            file.write(json.dumps({"path": path, "headers": headers, "body": body.decode()}) + "\n")
        first = (path, headers.get("webhook-id", "")) not in seen
        seen.add((path, headers.get("webhook-id", "")))
        behaviour = path.split("/")[1] if first else ""
        if behaviour == "dropping":
            return False
        if behaviour in ("hanging", "slow"):
            await asyncio.sleep(HANGS_FOR if behaviour == "hanging" else SLOW)
        if behaviour == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(CHUNK)
                await writer.drain()
        size = 50_000_000 if behaviour == "large" else 2
        writer.write(f"HTTP/1.1 {STATUS_LINES.get(behaviour, '200 OK')}\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size)
        await writer.drain()
        return True

    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), *sys.argv[2:]))
