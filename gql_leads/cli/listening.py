"""The socket of `gql-leads serve`: bound before anything else is done, so that a taken port is told at once."""

import socket
import sys
from errno import EADDRINUSE, EADDRNOTAVAIL
from pathlib import Path
from typing import Final

from gql_leads.cli.errors import fail

REACHABLE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""An address at which this machine reaches a server that listens on all addresses."""
BACKLOG: Final = 2048
LARGEST_PORT: Final = 65_535


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the port (0: a free one); fail with the command that chooses another port."""
    bound = _new_socket(host)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        _fail(host, port, error)
    bound.set_inheritable(True)
    return bound


def listen(bound: socket.socket) -> None:
    """Accept connections from now on; they wait until a server process handles them."""
    try:
        bound.listen(BACKLOG)
    except OSError as error:
        host, listening_port, *_ = bound.getsockname()
        _fail(host, listening_port, error)


def address_of(host: str, bound: socket.socket) -> str:
    """Return the URL of a server that listens on this socket."""
    name, port = REACHABLE.get(host, host), bound.getsockname()[1]
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _new_socket(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restarted server takes its port back at once
    return made


def _fail(host: str, port: int, error: OSError) -> None:
    if isinstance(error, socket.gaierror) or error.errno == EADDRNOTAVAIL or not port:
        fail(f"The server cannot listen on {host}: {error.strerror}. Give another address with --host.")
    reason = "is taken" if error.errno == EADDRINUSE else f"cannot be used: {error.strerror}"
    fail(f"Port {port} of {host} {reason}. Choose another one: {_command_with_port(_free_port(host, port))}")


def _free_port(host: str, port: int) -> int:
    """Return the next port that nothing listens on."""
    for candidate in range(max(port, 1023) + 1, LARGEST_PORT + 1):
        with _new_socket(host) as tried:
            try:
                tried.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return 0


def _command_with_port(port: int) -> str:
    """Return this process's command line with another port."""
    program, *given = sys.argv
    path = Path(program)
    if path.name == "__main__.py":
        program = "python -m gql_leads"
    elif path.is_relative_to(Path.cwd()):
        program = str(path.relative_to(Path.cwd()))
    options = []
    skips_next = False
    for argument in given:
        if not skips_next and argument != "--port" and not argument.startswith("--port="):
            options.append(argument)
        skips_next = argument == "--port"
    return " ".join([program, *options, "--port", str(port)])
