"""OpenTelemetry spans of operations.

Imported only if `GQL_LEADS_TRACING` is on, because the extra `otel` is optional.
"""

import time
from collections.abc import Mapping
from typing import Final

from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind, StatusCode

from gql_leads import __version__

NANOSECONDS: Final = 1_000_000_000
UNNAMED: Final = "unknown_service"
"""How OpenTelemetry begins the name of a service that has none."""


class GivenTraceIds(RandomIdGenerator):
    """Generates the trace id that the log lines of an operation have."""

    next_trace_id = 0

    def generate_trace_id(self) -> int:
        """Return the id given for the next span."""
        return self.next_trace_id


class Tracing:
    """Sends a span for each finished operation, as a child of the caller's span.

    Names and attributes follow OpenTelemetry's semantic conventions for GraphQL servers: a span is named by the operation's type, because
    clients may choose any number of operation names.
    """

    def __init__(self, processor: SpanProcessor, *, names_operations: bool = False) -> None:
        self._names_operations = names_operations
        self._ids = GivenTraceIds()
        self._provider = TracerProvider(resource=_resource(), id_generator=self._ids)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("gql_leads", __version__)

    def observe(
        self,
        *,
        type_: str | None,
        name: str | None,
        seconds: float,
        trace: Mapping[str, str],
        trace_id: str,
        attributes: Mapping[str, str | int],
    ) -> str:
        """Send a span for an operation that ended now and took `seconds`, and return its id.

        `trace` holds the caller's `traceparent` and `tracestate`; without them the span begins the trace with this id. The attribute
        `error.type` marks a failure of the server.
        """
        ended = time.time_ns()
        self._ids.next_trace_id = int(trace_id, 16)
        span = self._tracer.start_span(
            _span_name(type_, name if self._names_operations else None),
            context=extract(trace),
            kind=SpanKind.SERVER,
            start_time=ended - int(seconds * NANOSECONDS),
            attributes={**_graphql_attributes(type_, name), **attributes},
        )
        if "error.type" in attributes:
            span.set_status(StatusCode.ERROR)
        span.end(ended)
        return f"{span.get_span_context().span_id:016x}"

    def close(self) -> None:
        """Send the pending spans and stop."""
        self._provider.shutdown()


def _resource() -> Resource:
    """Return the service's resource; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` have precedence."""
    resource = Resource({SERVICE_VERSION: __version__}).merge(Resource.create())
    is_named = not str(resource.attributes[SERVICE_NAME]).startswith(UNNAMED)
    return resource if is_named else resource.merge(Resource({SERVICE_NAME: "gql-leads"}))


def _span_name(type_: str | None, name: str | None) -> str:
    return " ".join(filter(None, (type_, name))) if type_ else "GraphQL Operation"


def _graphql_attributes(type_: str | None, name: str | None) -> dict[str, str]:
    attributes = {"graphql.operation.type": type_, "graphql.operation.name": name}
    return {attribute: value for attribute, value in attributes.items() if value is not None}
