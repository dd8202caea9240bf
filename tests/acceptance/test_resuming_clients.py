"""The clients of `docs/clients.md` see every change once, through cuts, killed servers and expired tokens."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from graphql import GraphQLScalarType, is_specified_scalar_type

from gql_leads.api.schema import schema
from gql_leads.graphql_server.graphql_core_internals import core_schema
from tests.acceptance.client import Member
from tests.acceptance.node_clients import start_script
from tests.acceptance.proxies import Proxy, TokenServer
from tests.acceptance.server import Installation, Server

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "tests" / "acceptance" / "clients" / "example"
PAGE: Final = ROOT / "docs" / "clients.md"
LIBRARIES: Final = ("graphql-ws", "apollo", "urql", "graphql-sse", "event-source", "gql")
SHOWN: Final = (
    "scalars.ts", "api.ts", "sockets.ts", "graphql-ws.ts", "apollo.ts", "urql.ts", "graphql-sse.ts", "event-source.ts", "gql_client.py",
)  # fmt: skip
"""The files that the page shows."""
NAIVE: Final = {"doubles": "first", "loses": "never"}
TOKEN_LASTS: Final = timedelta(seconds=8)
TIMEOUT_SECONDS: Final = 240
LISTED: Final = 3
"""The number of leads before the clients start."""


class Client:
    """A client in its own process, with what it has printed."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def printed(self) -> list[dict[str, Any]]:
        """The complete lines."""
        return [json.loads(line) for line in self.text.splitlines(keepends=True) if line.endswith("\n") and line.startswith("{")]

    @property
    def text(self) -> str:
        """All output, with errors."""
        return self._output.read_text()

    @property
    def seen(self) -> list[str]:
        """The cursors of the changes it has received."""
        return [line["cursor"] for line in self.printed[1:]]


def until(condition: Callable[[], bool], *clients: Client) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "\n".join(f"{len(client.seen)}: {client.text[-1000:]}" for client in clients)
        time.sleep(0.05)


class Scene:
    """A server, and clients that each follow the changes through a proxy."""

    def __init__(self, installation: Installation, server: Server, tokens: TokenServer) -> None:
        self.installation = installation
        self.server = server
        self.tokens = tokens
        self.proxies = {name: Proxy(server.port) for name in (*LIBRARIES, *NAIVE)}
        self.clients: dict[str, Client] = {}

    @property
    def rep(self) -> Member:
        """A member with a long token, at the server itself."""
        return self.server.member("rep@acme.example")

    def write(self, leads: int, company: str = "Fabrikam") -> None:
        """Create leads."""
        for _ in range(leads):
            self.rep.do("createLead", contact={"lastName": "Bosu"}, company=company)

    def wait_until_seen(self) -> list[str]:
        """Wait until the careful clients have received all changes; return the cursors of all."""
        careful = [self.clients[name] for name in LIBRARIES]
        start = careful[0].printed[0]["cursor"]
        expected = [change["cursor"] for change in self.rep.changes(after=start)]
        until(lambda: all(expected[-1:] == client.seen[-1:] for client in careful), *careful)
        return expected

    def restart_killed(self) -> None:
        """Kill the server, and start another at another port."""
        self.server.kill()
        self.server = self.installation.launch(ping_seconds="1")
        self.server.wait_until_ready()
        self.forward_to(self.server.port)

    def forward_to(self, port: int | None) -> None:
        """Connect clients with the server at this port from now on; with None at all."""
        for proxy in self.proxies.values():
            proxy.target = port

    def cut(self, *, reset: bool) -> None:
        """Cut all connections, write leads while nobody can connect, and some afterwards."""
        self.forward_to(None)
        for proxy in self.proxies.values():
            proxy.cut(reset=reset)
        self.write(3)
        self.forward_to(self.server.port)
        self.write(2)

    def close(self) -> None:
        """Kill the server and close the proxies."""
        self.server.kill()
        for proxy in self.proxies.values():
            proxy.close()


@pytest.fixture
def scene(with_organization: Installation, node_clients: Path, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        server = stack.enter_context(with_organization.serving(ping_seconds="1"))
        tokens = TokenServer(lambda: with_organization.token("rep@acme.example", TOKEN_LASTS))
        stack.callback(tokens.close)
        opened = Scene(with_organization, server, tokens)
        stack.callback(opened.close)
        opened.write(LISTED)
        opened.rep.cursor()  # Wait until the log contains these events.
        for name in (*LIBRARIES, *NAIVE):
            output = tmp_path / f"{name}.log"
            environ = {"GRAPHQL_URL": f"http://127.0.0.1:{opened.proxies[name].port}/graphql", "TOKEN_URL": f"{tokens.base}/{name}"}
            if name == "gql":
                with output.open("wb") as file:
                    process = subprocess.Popen(
                        [sys.executable, "-m", "tests.acceptance.clients.example.run_gql"],
                        cwd=ROOT,
                        env=os.environ | environ,
                        stdin=subprocess.DEVNULL,
                        stdout=file,
                        stderr=file,
                    )
            else:
                script = f"built/main.js {'naive-ws' if name in NAIVE else name}"
                process = start_script(node_clients, script, environ | {"RESUME": NAIVE.get(name, "")}, output)
            opened.clients[name] = Client(process, output)
            stack.enter_context(ended(process))
        yield opened


@contextmanager
def ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()
        process.wait(60)


def test_documented_clients_see_every_change_exactly_once(scene: Scene) -> None:
    clients, naive = scene.clients, [scene.clients[name] for name in NAIVE]
    until(lambda: all(client.printed for client in clients.values()), *clients.values())
    assert {client.printed[0]["total"] for client in clients.values()} == {LISTED + 1}
    while not clients["loses"].seen:  # it sees only what happens after it has subscribed
        scene.write(1)
        time.sleep(0.2)
    scene.wait_until_seen()

    for reset in (False, True):
        scene.cut(reset=reset)
        scene.wait_until_seen()

    scene.write(2)
    scene.restart_killed()
    scene.write(2)
    scene.wait_until_seen()

    # Frozen for longer than the server waits for a pong: it drops the socket.
    frozen = clients["graphql-ws"].process
    frozen.send_signal(signal.SIGSTOP)
    until(lambda: scene.proxies["graphql-ws"].connections == 0)
    scene.write(2)
    frozen.send_signal(signal.SIGCONT)
    scene.wait_until_seen()

    # No more cuts: from here on, only the end of its token makes a client connect again.
    given = scene.tokens.given.copy()
    until(lambda: all(scene.tokens.given[name] > given[name] for name in LIBRARIES), *clients.values())
    scene.write(2)
    scene.wait_until_seen()
    scene.write(1, company="END")
    expected = scene.wait_until_seen()

    for name in LIBRARIES:
        client = clients[name]
        until(lambda client=client: client.process.poll() is not None, client)  # type: ignore[misc]
        assert client.process.returncode == 0, client.text
        assert client.seen == expected, f"{name}: {client.text}"
        assert sum(line["presence"] == "ENTERED" for line in client.printed[1:]) + client.printed[0]["total"] == LISTED + 1 + len(expected)
    doubling, losing = naive
    until(lambda: doubling.process.poll() is not None, doubling)
    assert len(doubling.seen) > len(expected) == len(set(doubling.seen))
    assert len(losing.seen) < len(expected)  # among what it lost may be the last change


def test_page_shows_the_example_as_it_is_tested() -> None:
    page = PAGE.read_text()
    assert [name for name in SHOWN if f"```{name.rpartition('.')[2]}\n{(EXAMPLE / name).read_text()}```" not in page] == []


def test_scalar_map_has_every_custom_scalar() -> None:
    kinds = core_schema(schema).type_map.values()
    custom = {kind.name for kind in kinds if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)}
    assert set(re.findall(r"^  (\w+): \"\w+\",$", (EXAMPLE / "scalars.ts").read_text(), re.MULTILINE)) == custom
