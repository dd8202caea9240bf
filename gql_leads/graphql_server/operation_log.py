"""The record of each operation for logs, metrics and traces, and the request id that log lines share."""

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final, Protocol

from graphql import OperationType

from gql_leads.graphql_server.errors import INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE, Refused

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The id of the current request."""
TRACE_ID: Final[ContextVar[str | None]] = ContextVar("trace_id", default=None)
"""The id of the trace of the current request: the caller's, else a new one."""
REQUEST_ID_HEADER: Final = "x-request-id"
TRACE_HEADERS: Final = ("traceparent", "tracestate")
SERVER_ERRORS: Final = frozenset({INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE})
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}.*")
_GOOD_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Admitted(Protocol):
    """An admitted operation."""

    @property
    def type(self) -> OperationType:
        """The type: query, mutation or subscription."""

    @property
    def name(self) -> str | None:
        """The name in the document."""

    @property
    def cost(self) -> int:
        """The cost in nodes."""


class OperationRecord:
    """One operation from arrival to end. It holds no variables and no results, which may be personal data."""

    __slots__ = ("_began", "caller", "codes", "cost", "name", "request_id", "seconds", "trace", "trace_id", "transport", "type")

    def __init__(self, transport: str, headers: Mapping[str, str], caller: Any = None) -> None:
        self.transport = transport
        """`http`, `sse` or `websocket`."""
        self.request_id = _request_id(headers.get(REQUEST_ID_HEADER))
        self.trace = {name: value for name in TRACE_HEADERS if (value := headers.get(name)) is not None}
        """The caller's W3C trace headers, unchecked."""
        self.trace_id = _trace_id(self.trace.get("traceparent"))
        """The caller's trace id, else a new one."""
        self.caller = caller
        self.type: str | None = None
        """`query`, `mutation` or `subscription`; None if the request was refused before the type was known."""
        self.name: str | None = None
        """The name in the document."""
        self.cost = 0
        self.codes: tuple[str, ...] = ()
        """The codes of the errors in the response."""
        self.seconds = 0.0
        """The time from arrival to end; for a subscription, the time it was open."""
        self._began = time.perf_counter()
        REQUEST_ID.set(self.request_id)
        TRACE_ID.set(self.trace_id)

    @property
    def outcome(self) -> str:
        """`OK`, or the code of the first error."""
        return self.codes[0] if self.codes else "OK"

    @property
    def is_server_error(self) -> bool:
        """True if the operation failed because of the server and not of the request."""
        return self.outcome in SERVER_ERRORS

    def admitted(self, operation: Admitted) -> None:
        """Record the admitted operation."""
        self.type, self.name, self.cost = operation.type.value, operation.name, operation.cost

    def failed(self, error: BaseException) -> None:
        """Record the codes of the exception that ended the operation; none if the client disconnected."""
        if isinstance(error, Refused):
            self.codes = codes_of(error.errors)
        elif isinstance(error, Exception):
            self.codes = (INTERNAL_SERVER_ERROR,)

    def finish(self, log_operation: Callable[["OperationRecord"], None]) -> None:
        """Record the duration and pass the record on."""
        self.seconds = time.perf_counter() - self._began
        log_operation(self)


def codes_of(errors: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the codes of formatted errors."""
    return tuple(error.get("extensions", {}).get("code", INTERNAL_SERVER_ERROR) for error in errors)


def _trace_id(traceparent: str | None) -> str:
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent is not None else None
    return match[1] if match is not None else os.urandom(16).hex()


def _request_id(given: str | None) -> str:
    """Return the request id of a proxy if it is well-formed, else a new one."""
    return given if given is not None and _GOOD_ID.fullmatch(given) else os.urandom(8).hex()
