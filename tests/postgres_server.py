"""A PostgreSQL server for a test run.

The first of: the server of `GQL_LEADS_TEST_POSTGRES_URL`; a private server made with an installed PostgreSQL; a private server
made with the wheel pinned in `postgres.lock`, which is downloaded. It is an error if none is available.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import struct_passwd
from typing import Any, Final

from tests.ports import reserve_port
from tests.temporary_folders import temporary_folder

URL_VARIABLE: Final = "GQL_LEADS_TEST_POSTGRES_URL"
WHEEL: Final = Path(__file__).with_name("postgres.lock")
# No durability, because the data is deleted after the run; parallel tests need many connections.
OPTIONS: Final = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    " -c listen_addresses=127.0.0.1 -c unix_socket_directories="
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the URL of its maintenance database, and a description of its origin."""

    url: str
    origin: str


@contextmanager
def postgres_server(environ: Mapping[str, str]) -> Iterator[Server]:
    """Yield the configured server, else a private one that is removed at the end."""
    if url := environ.get(URL_VARIABLE):
        yield Server(url, f"the server of {URL_VARIABLE}")
        return
    # Directly below /tmp, so that another account can access it. Not in memory, where some machines forbid programs.
    with tempfile.TemporaryDirectory(prefix="gql-leads-postgres-", dir="/tmp") as folder, temporary_folder("gql-leads-data-") as data:
        home = Path(folder)
        programs = installed_programs() or _fetched_programs(home / "wheel")
        with _private_server(programs, home, data) as url:
            yield Server(url, f"a private server made with {programs}")


def installed_programs() -> Path | None:
    """Return the folder of the programs of an installed PostgreSQL."""
    on_path = shutil.which("initdb")
    packaged = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()),
        key=lambda path: int(path.parent.name),
    )
    candidates = ([Path(on_path).resolve().parent] if on_path else []) + packaged[::-1]
    return next((path for path in candidates if (path / "initdb").exists() and (path / "pg_ctl").exists()), None)


def _fetched_programs(target: Path) -> Path:
    print("No PostgreSQL is installed: fetching the one pinned in tests/postgres.lock", file=sys.stderr)
    install = (sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, "--quiet")
    _run(None, *install, "--no-deps", "--require-hashes", "--link-mode=copy", "--target", target, "--requirement", WHEEL)
    return max(target.glob("*/pginstall*/bin"))


@contextmanager
def _private_server(programs: Path, home: Path, data: Path) -> Iterator[str]:
    password = secrets.token_urlsafe(24)
    (home / "password").write_text(password)
    account = account_for(home, data)
    # Authentication by password: "trust" would give every user of this machine the rights of the test run.
    access = ("--username=postgres", f"--pwfile={home / 'password'}", "--auth=password")
    _run(account, programs / "initdb", "--pgdata", data, *access, "--encoding=UTF8", "--no-locale", "--no-sync")
    control = (programs / "pg_ctl", "--pgdata", data, "--silent", "--wait")
    port, holder = reserve_port()
    with holder:
        _run(account, *control, "--options", f"{OPTIONS} -c port={port}", "start")
        try:
            yield f"postgres://postgres:{password}@127.0.0.1:{port}/postgres"
        finally:
            _run(account, *control, "--mode=immediate", "stop")


def account_for(*folders: Path) -> struct_passwd | None:
    """Give the folders to an unprivileged account and return it, because PostgreSQL refuses to run as root; else return None."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    account = accounts.get("postgres") or accounts["nobody"]
    for path in (inside for folder in folders for inside in (folder, *folder.rglob("*"))):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return account


def _run(account: struct_passwd | None, *command: str | Path) -> None:
    identity: dict[str, Any] = {}
    if account:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}
    # A file, because the server inherits the output of pg_ctl: a pipe would stay open until the server stops.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False, **identity)
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"No PostgreSQL for the tests: {command[0]} failed.\n{output.read()}")
