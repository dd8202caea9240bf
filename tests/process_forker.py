"""The process that `tests.processes` starts: it imports all of `gql_leads` once, and forks a child for each request.

A child replaces its streams, environment and working folder by those of the request, and runs `gql_leads` as `python -m gql_leads` does.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import sys
import tempfile
from typing import Any, Final

import gql_leads

# Imported by servers with certain settings only, some of which their libraries read while they are imported.
LEFT_TO_THE_CHILD: Final = ("gql_leads.__main__", "gql_leads.graphql_server.rate_limit_store", "gql_leads.web.tracing")
REQUEST_BYTES: Final = 128 * 1024


def main() -> None:
    """Fork a child for each request of the socket, until its other end is closed; run `gql_leads` in the children."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    _import_everything()
    requests.send(b"ready")
    if request := _next_child(requests):
        # Below `_next_child`, so that the child's exit is the one of a fresh interpreter.
        arguments, folder, environ = request
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        tempfile.tempdir = None
        sys.argv[1:] = arguments
        runpy.run_module("gql_leads", run_name="__main__", alter_sys=True)


def _import_everything() -> None:
    for module in pkgutil.walk_packages(gql_leads.__path__, "gql_leads."):
        if module.name not in LEFT_TO_THE_CHILD:
            importlib.import_module(module.name)
    # Otherwise the first garbage collection of each child would copy the memory that it shares with this process.
    gc.collect()
    gc.freeze()


def _next_child(requests: socket.socket) -> Any:
    """Return the request in the child, and None in this process at the end."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, REQUEST_BYTES, 4)
        if not message:
            return None
        if not os.fork():
            requests.close()
            return _run(message, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _reap()


def _run(message: bytes, stdin: int, stdout: int, stderr: int, status: int) -> Any:
    """Fork the child that runs the command, and return the request in it; report its id and its status from here."""
    os.setsid()
    pid = os.fork()
    if pid:
        with socket.socket(fileno=status) as reports:
            for stream in (0, 1, 2, stdin, stdout, stderr):
                os.close(stream)  # a pipe ends when the command has closed it
            reports.send(pid.to_bytes(4, "big"))
            _, ended = os.waitpid(pid, 0)
            reports.send(os.waitstatus_to_exitcode(ended).to_bytes(4, "big", signed=True))
        os._exit(0)
    os.close(status)
    os.setsid()
    for stream, given in enumerate((stdin, stdout, stderr)):
        os.dup2(given, stream)
        os.close(given)
    return json.loads(message)


def _reap() -> None:
    """Let go of the reporting processes that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    main()
