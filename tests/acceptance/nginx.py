"""A real nginx in front of servers; installed as Debian's package if it is missing."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection
from typing import Final

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


def nginx_program() -> str:
    """Return the path of nginx; install it if it is missing."""
    if found := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        return found
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "nginx"]):
        done = subprocess.run(command, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"These tests need nginx, which {' '.join(command)} could not install: {done.stderr}"
    return nginx_program()


@contextmanager
def nginx(folder: Path, sites: str, port: int) -> Iterator[None]:
    """Run nginx with these `server` blocks, one of which listens on the port."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    config.write_text(MAIN.format(folder=folder, sites=sites, user="user root;" if os.geteuid() == 0 else ""))
    process = subprocess.Popen([nginx_program(), "-c", str(config), "-p", str(folder), "-e", str(folder / "error.log")])
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
