"""A real nginx in front of servers; installed as Debian's package if it is missing."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection
from typing import Final

from tests.debian_packages import debian_program

TIMEOUT_SECONDS: Final = 60.0
MAIN: Final = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
{user}
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{sites}
}}
"""


@contextmanager
def nginx(folder: Path, sites: str, port: int) -> Iterator[None]:
    """Run nginx with these `server` blocks, one of which listens on the port."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    config.write_text(MAIN.format(folder=folder, sites=sites, user="user root;" if os.geteuid() == 0 else ""))
    process = subprocess.Popen([debian_program("nginx", "nginx"), "-c", str(config), "-p", str(folder), "-e", str(folder / "error.log")])
    try:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not _accepts(port):
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(TIMEOUT_SECONDS)


def _accepts(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
