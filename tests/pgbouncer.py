"""A PgBouncer in transaction mode with TLS in front of a PostgreSQL server; Debian's package is installed if there is none."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

from tests.certificates import write_certificate
from tests.debian_packages import debian_program
from tests.ports import reserve_port
from tests.postgres_server import account_for

SESSIONS: Final = 3
"""Sessions for all clients, used in turn: a client that expects its own session fails soon."""
TIMEOUT_SECONDS: Final = 60.0
CONFIGURATION: Final = """
[databases]
* = host={server.hostname} port={server.port} user={server.username} password={server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {sessions}
server_round_robin = 1
max_client_conn = 200
client_tls_sslmode = require
client_tls_cert_file = {folder}/certificate.pem
client_tls_key_file = {folder}/key.pem
logfile = {folder}/log
"""


@dataclass(frozen=True, slots=True)
class PgBouncer:
    """A running PgBouncer: its address with the user, and the certificate that signs its own."""

    address: str
    ca_file: Path


@contextmanager
def pgbouncer(server_url: str) -> Iterator[PgBouncer]:
    """Run PgBouncer in front of this server."""
    program = debian_program("pgbouncer", "pgbouncer")
    server = urlsplit(server_url)
    port, holder = reserve_port()
    with holder, TemporaryDirectory(prefix="gql-leads-pgbouncer-", dir="/tmp") as name:
        folder = Path(name)
        write_certificate(folder)
        (folder / "users").write_text(f'"{server.username}" ""\n')
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(CONFIGURATION.format(server=server, port=port, folder=folder, sessions=SESSIONS))
        account = account_for(folder)
        identity: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
        holder.close()  # PgBouncer does not share its port
        process = subprocess.Popen([program, "--quiet", configuration], stdin=subprocess.DEVNULL, cwd="/", **identity)
        try:
            deadline = time.monotonic() + TIMEOUT_SECONDS
            log = folder / "log"
            while not (log.exists() and "process up" in log.read_text()):
                assert process.poll() is None, log.read_text() if log.exists() else "PgBouncer did not start"
                assert time.monotonic() < deadline, "PgBouncer does not listen"
                time.sleep(0.05)
            yield PgBouncer(f"postgres://{server.username}@127.0.0.1:{port}", folder / "certificate.pem")
        finally:
            process.terminate()
            process.wait(TIMEOUT_SECONDS)
