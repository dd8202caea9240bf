"""OpenTelemetry spans of operations.

Imported only if `GQL_LEADS_TRACING` is on, because the extra `otel` is optional.
"""

import time
from collections.abc import Mapping

from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, StatusCode

NANOSECONDS = 1_000_000_000


class Tracing:
    """Sends a span for each finished operation, as a child of the caller's span."""

    def __init__(self, processor: SpanProcessor) -> None:
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "gql-leads"}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("gql_leads")

    def observe(
        self,
        *,
        type_: str | None,
        name: str | None,
        outcome: str,
        is_server_error: bool,
        seconds: float,
        trace: str | None,
        attributes: Mapping[str, str | int],
    ) -> None:
        """Send a span for an operation that ended now and took `seconds`; `trace` is the caller's `traceparent`."""
        ended = time.time_ns()
        span = self._tracer.start_span(
            " ".join(filter(None, (type_, name))) or "GraphQL request",
            context=extract({"traceparent": trace} if trace else {}),
            kind=SpanKind.SERVER,
            start_time=ended - int(seconds * NANOSECONDS),
            attributes={**_graphql_attributes(type_, name), **attributes, "gql_leads.outcome": outcome},
        )
        if is_server_error:
            span.set_status(StatusCode.ERROR)
        span.end(ended)

    def close(self) -> None:
        """Send the pending spans and stop."""
        self._provider.shutdown()


def _graphql_attributes(type_: str | None, name: str | None) -> dict[str, str]:
    attributes = {"graphql.operation.type": type_, "graphql.operation.name": name}
    return {attribute: value for attribute, value in attributes.items() if value is not None}
