"""A span for each operation, sent by OpenTelemetry; imported only where `GQL_LEADS_TRACING` is on and the extra `otel` is installed."""

import time
from collections.abc import Mapping

from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, StatusCode

NANOSECONDS = 1_000_000_000


class Tracing:
    """Tells of operations that ended, below the trace that their callers began."""

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
        is_our_fault: bool,
        seconds: float,
        trace: str | None,
        facts: Mapping[str, str | int],
    ) -> None:
        """Send a span for an operation that ended now."""
        ended = time.time_ns()
        span = self._tracer.start_span(
            " ".join(filter(None, (type_, name))) or "GraphQL request",
            context=extract({"traceparent": trace} if trace else {}),
            kind=SpanKind.SERVER,
            start_time=ended - int(seconds * NANOSECONDS),
            attributes={**_named(type_, name), **facts, "gql_leads.outcome": outcome},
        )
        if is_our_fault:
            span.set_status(StatusCode.ERROR)
        span.end(ended)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _named(type_: str | None, name: str | None) -> dict[str, str]:
    named = {"graphql.operation.type": type_, "graphql.operation.name": name}
    return {attribute: value for attribute, value in named.items() if value is not None}
