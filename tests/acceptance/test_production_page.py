"""The walk-through of docs/production.md: every block runs, up to two servers behind nginx on PostgreSQL.

The blocks run as they are written, but for paths and ports. Stand-ins take the place of what would change this machine: `apt-get`
only simulates, `runuser` reaches a private PostgreSQL server, and `systemctl` starts real servers and a real nginx from the files that
the blocks write.
"""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.sync.client import connect

from tests.acceptance.client import PROTOCOL, TIMEOUT_SECONDS
from tests.acceptance.nginx import nginx
from tests.acceptance.server import START_LASTS
from tests.acceptance.test_documentation import PRODUCTION, ROOT, ROTATION
from tests.debian_packages import debian_program
from tests.ports import reserve_port
from tests.postgres_server import installed_programs, postgres_server

PACKAGES, INSTALLATION, DATABASE, ADMINISTRATOR, SERVERS, PROXY, CHECK, PEOPLE, LEADS, PROGRAM, RESTART, *_ = PRODUCTION
PASSWORD: Final = "correct horse battery"
SIGN_IN: Final = "mutation($input: SignInInput!) { signIn(input: $input) { session { member { email } } } }"
UNIT_LINE: Final = re.compile(r"^(\w+)=(.*)$", re.MULTILINE)


class Machine:
    """A folder that stands for an empty machine."""

    def __init__(self, folder: Path, postgres_url: str) -> None:
        self.folder = folder
        self.ports: dict[str, int] = {}
        self._resources = ExitStack()
        for written in ("8001", "8002", "443"):
            port, holder = reserve_port()
            self.ports[written] = port
            self._resources.callback(holder.close)
        self._postgres = urlsplit(postgres_url)
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        for path in ("etc/systemd/system", "etc/nginx/conf.d", "opt/gql_leads", "bin"):
            (folder / path).mkdir(parents=True)
        source = folder / "opt" / "gql_leads"
        for name in ("Makefile", "requirements.lock", "pyproject.toml"):
            shutil.copy2(ROOT / name, source)
        (source / ".venv").symlink_to(Path(sys.prefix))
        self._add_program("apt-get", '[ "$1" = update ] || exec /usr/bin/apt-get --simulate "$@"')
        variables = f"PGHOST={self._postgres.hostname} PGPORT={self._postgres.port} PGUSER=postgres PGPASSWORD={self._postgres.password}"
        self._add_program("runuser", f'shift 3\n{variables} exec "$@"')
        self._request = folder / "systemctl"
        self._add_program(
            "systemctl",
            f'echo "$*" > {folder}/new && mv {folder}/new {folder}/systemctl\nwhile [ -e {folder}/systemctl ]; do sleep 0.02; done',
        )
        self._add_program("nginx", "true")

    def close(self) -> None:
        """Stop all servers."""
        for name in list(self._servers):
            self.stop(name)
        self._resources.close()

    def run(self, block: str) -> str:
        """Run a block, and do what it asks systemd for; return its output."""
        programs = installed_programs()
        path = ":".join(filter(None, (f"{self.folder}/bin", os.environ["PATH"], str(programs) if programs else "")))
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GQL_LEADS_")} | {"PATH": path}
        output = self.folder / "output"
        with output.open("w+b") as file:
            process = subprocess.Popen(["sh", "-ec", self.localized(block)], cwd=self.folder, env=environ, stdout=file, stderr=file)
            deadline = time.monotonic() + START_LASTS
            while process.poll() is None:
                assert time.monotonic() < deadline, output.read_text()
                if self._request.exists():
                    self._control(*self._request.read_text().split())
                    self._request.unlink()
                time.sleep(0.02)
        assert process.returncode == 0, output.read_text()
        return output.read_text()

    def localized(self, block: str) -> str:
        """Replace the paths and ports of a block by those of this machine."""
        block = re.sub(r"(?<![\w/])/(etc|opt|var)/", rf"{self.folder}/\1/", block)
        block = block.replace("127.0.0.1:5432", f"{self._postgres.hostname}:{self._postgres.port}")
        block = block.replace("https://localhost/", f"https://localhost:{self.ports['443']}/").replace(
            "listen 443 ", f"listen {self.ports['443']} "
        )
        return re.sub(r"(?<=[@: ])(8001|8002)\b", lambda written: str(self.ports[written[1]]), block)

    def stop(self, name: str) -> None:
        """Stop a server as systemd does."""
        server = self._servers.pop(name)
        server.terminate()
        server.wait(TIMEOUT_SECONDS)

    def _control(self, command: str, *names: str) -> None:
        match command, names:
            case "enable", ("--now", *servers):
                for name in servers:
                    self._start(name)
            case "restart", [name]:
                self.stop(name)
                self._start(name)
            case "reload", ["nginx"]:
                site = (self.folder / "etc/nginx/conf.d/gql-leads.conf").read_text()
                self._resources.enter_context(nginx(self.folder / "nginx", site, self.ports["443"]))
            case _:
                assert (command, names) == ("daemon-reload", ())

    def _start(self, name: str) -> None:
        template, _, instance = name.partition("@")
        unit = dict(UNIT_LINE.findall((self.folder / "etc/systemd/system" / f"{template}@.service").read_text()))
        environ = {"PATH": os.environ["PATH"]} | dict(line.split("=", 1) for line in Path(unit["EnvironmentFile"]).read_text().splitlines())
        with (self.folder / f"{name}.log").open("ab") as output:
            self._servers[name] = subprocess.Popen(
                unit["ExecStart"].replace("%i", instance).split(), cwd=unit["WorkingDirectory"], env=environ, stdout=output, stderr=output
            )

    def _add_program(self, name: str, script: str) -> None:
        program = self.folder / "bin" / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    for name in ("nginx", "curl", "openssl"):
        debian_program(name, name)
    debian_program("psql", "postgresql-client")
    with postgres_server({}) as postgres:
        ready = Machine(tmp_path, postgres.url)
        try:
            yield ready
        finally:
            ready.close()


def test_every_block_leads_to_two_servers_behind_nginx(machine: Machine) -> None:
    assert "postgresql" in machine.run(PACKAGES)
    machine.run(INSTALLATION)
    machine.run(DATABASE)
    assert (machine.folder / "etc/gql-leads.env").stat().st_mode & 0o077 == 0
    printed = machine.run(f"{ADMINISTRATOR}\n{ROTATION}").splitlines()
    assert printed[0] == "The database is up to date."
    assert [line.count(".") for line in printed[-2:]] == [2, 2]
    machine.run(SERVERS)
    machine.run(PROXY)
    for port in ("8001", "8002"):
        machine.run(f"until curl --silent --fail http://127.0.0.1:{port}/readyz; do sleep 0.2; done")
    readiness, answer = machine.run(CHECK).split("\n", 1)
    assert readiness == "ready"
    assert json.loads(answer)["data"] == {"viewer": {"roles": ["ADMINISTRATOR"]}}
    assert_websocket_opens(machine, printed[-2])
    *_, rita, rob = machine.run(PEOPLE).splitlines()
    for link, email in ((printed[1], "you@example.com"), (rita, "rita@acme.example"), (rob, "rob@globex.example")):
        assert_member_signs_in(machine, link, email)
    subjects = [line for line in machine.run(LEADS).splitlines() if line.startswith("Subject: ")]
    assert len(subjects) == 11
    changes = json.loads(machine.run(PROGRAM))["data"]["leadChanges"]["nodes"]
    assert [(one["kind"], one["lead"]["partner"]["name"]) for one in changes] == [("CREATED", "Acme Cloud")] * 11
    assert_mails_reach(machine, "Rita Rep <rita@acme.example>", singles=10, digests=1)
    assert machine.run(RESTART) == "ready\nready\n"
    machine.stop(f"gql-leads@{machine.ports['8001']}")
    readiness_check = next(line for line in CHECK.splitlines() if line.endswith("/readyz"))
    assert machine.run(f"{readiness_check}\n{readiness_check}") == "ready\nready\n"  # nginx takes the servers in turn


def assert_member_signs_in(machine: Machine, link: str, email: str) -> None:
    """Set a password at a printed link, through nginx, and sign in with it."""
    public, local = "https://leads.example.com", f"https://localhost:{machine.ports['443']}"
    assert link.startswith(f"{public}/invitation?token=")
    with httpx.Client(base_url=local, verify=False, timeout=TIMEOUT_SECONDS) as browser:
        form = {"token": link.partition("token=")[2], "password": PASSWORD, "repeated": PASSWORD}
        assert browser.post(link.removeprefix(public), data=form).status_code == 200
        variables = {"input": {"email": email, "password": PASSWORD}}
        answer = browser.post("/graphql", json={"query": SIGN_IN, "variables": variables})
        assert answer.json()["data"] == {"signIn": {"session": {"member": {"email": email}}}}
        assert "; Secure" in answer.headers["set-cookie"]


def assert_websocket_opens(machine: Machine, token: str) -> None:
    """Assert that a page of the public address opens a WebSocket through nginx."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    address = f"wss://localhost:{machine.ports['443']}/graphql"
    headers = {"origin": "https://leads.example.com"}
    with connect(address, subprotocols=[PROTOCOL], additional_headers=headers, ssl=trusting, open_timeout=TIMEOUT_SECONDS) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        assert json.loads(socket.recv(TIMEOUT_SECONDS))["type"] == "connection_ack"


def assert_mails_reach(machine: Machine, address: str, *, singles: int, digests: int) -> None:
    """Assert that these mails, and no others, are in the mail folder."""
    mails = [message_from_bytes(file.read_bytes(), policy=default) for file in (machine.folder / "var/lib/gql-leads/mails").iterdir()]
    assert {mail["To"] for mail in mails} == {address}
    assert Counter(mail["Subject"].partition(":")[0] for mail in mails) == {"New lead": singles, "Leads of the day": digests}
