"""What became of each operation, for logs, figures and traces; and the id that ties a request to everything logged of it."""

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final, Protocol

from graphql import OperationType

from gql_leads.graphql_server.errors import INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE, Refused

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The id of the request that is being served."""
REQUEST_ID_HEADER: Final = "x-request-id"
TRACE_HEADER: Final = "traceparent"
SERVER_ERRORS: Final = frozenset({INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE})
_GOOD_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Admitted(Protocol):
    """An operation that may be executed."""

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""

    @property
    def name(self) -> str | None:
        """As the document names it."""

    @property
    def cost(self) -> int:
        """In nodes."""


class OperationRecord:
    """One operation from its arrival to its end. It has no variables and no results: nothing of what people told us."""

    __slots__ = ("_began", "caller", "codes", "cost", "name", "request_id", "seconds", "trace", "transport", "type")

    def __init__(self, transport: str, headers: Mapping[str, str], caller: Any = None) -> None:
        self.transport = transport
        """http, sse or websocket."""
        self.request_id = _request_id(headers.get(REQUEST_ID_HEADER))
        self.trace = headers.get(TRACE_HEADER)
        """The caller's trace, as W3C has it, unchecked."""
        self.caller = caller
        self.type: str | None = None
        """query, mutation or subscription; None where the request was refused before that was known."""
        self.name: str | None = None
        """As the document names it."""
        self.cost = 0
        self.codes: tuple[str, ...] = ()
        """Of the errors that were answered."""
        self.seconds = 0.0
        """From arrival to end: for a subscription, how long it was open."""
        self._began = time.perf_counter()
        REQUEST_ID.set(self.request_id)

    @property
    def outcome(self) -> str:
        """OK, or the first error's code."""
        return self.codes[0] if self.codes else "OK"

    @property
    def is_server_error(self) -> bool:
        """Whether it ended as no operation should, whatever was asked."""
        return self.outcome in SERVER_ERRORS

    def admitted(self, operation: Admitted) -> None:
        """Note what is going to be executed."""
        self.type, self.name, self.cost = operation.type.value, operation.name, operation.cost

    def failed(self, error: BaseException) -> None:
        """Note what the operation ended with; where its client left, nothing."""
        if isinstance(error, Refused):
            self.codes = codes_of(error.errors)
        elif isinstance(error, Exception):
            self.codes = (INTERNAL_SERVER_ERROR,)

    def finish(self, log_operation: Callable[["OperationRecord"], None]) -> None:
        """End the observation and hand it over."""
        self.seconds = time.perf_counter() - self._began
        log_operation(self)


def codes_of(errors: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The codes of formatted errors."""
    return tuple(error.get("extensions", {}).get("code", INTERNAL_SERVER_ERROR) for error in errors)


def _request_id(given: str | None) -> str:
    """The id that a proxy gave the request, if it is a plain one; else one of our own."""
    return given if given is not None and _GOOD_ID.fullmatch(given) else os.urandom(8).hex()
