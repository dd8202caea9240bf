"""Spans follow the semantic conventions of OpenTelemetry for GraphQL servers."""

from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from gql_leads import __version__
from gql_leads.web.tracing import Tracing

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
BOARD: dict[str, Any] = {
    "type_": "query", "name": "Board", "seconds": 0.5, "trace": {}, "trace_id": TRACE_ID,
    "attributes": {"gql_leads.cost": 50},
}  # fmt: skip


def span_of(*, names_operations: bool = False, **changes: object) -> ReadableSpan:
    exporter = InMemorySpanExporter()
    tracing = Tracing(SimpleSpanProcessor(exporter), names_operations=names_operations)
    span_id = tracing.observe(**BOARD | changes)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.context is not None
    assert f"{span.context.span_id:016x}" == span_id
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    return span


def test_span_is_a_child_of_the_callers_span_and_keeps_its_state() -> None:
    span = span_of(trace={"traceparent": TRACEPARENT, "tracestate": "vendor=abc,other=1"})
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == SPAN_ID
    assert span.context is not None
    assert span.context.trace_state.to_header() == "vendor=abc,other=1"
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.end_time - span.start_time == 500_000_000


@pytest.mark.parametrize("trace", [{}, {"traceparent": "nonsense"}, {"tracestate": "vendor=abc"}])
def test_span_without_a_caller_begins_the_trace_with_the_id_of_the_log_lines(trace: Mapping[str, str]) -> None:
    assert span_of(trace=trace).parent is None


@pytest.mark.parametrize(
    ("operation", "name", "with_name"),
    [
        ({}, "query", "query Board"),
        ({"name": None}, "query", "query"),
        ({"type_": None, "name": None}, "GraphQL Operation", "GraphQL Operation"),
    ],
)
def test_span_is_named_by_the_type_and_by_the_operation_if_asked(operation: dict[str, Any], name: str, with_name: str) -> None:
    assert span_of(**operation).name == name
    assert span_of(names_operations=True, **operation).name == with_name


def test_attributes_and_status_are_those_of_the_conventions() -> None:
    good, bad = span_of(), span_of(type_=None, name=None, attributes={"error.type": "INTERNAL_SERVER_ERROR"})
    assert dict(good.attributes or {}) == {
        "graphql.operation.type": "query", "graphql.operation.name": "Board", "gql_leads.cost": 50,
    }  # fmt: skip
    assert dict(bad.attributes or {}) == {
        "error.type": "INTERNAL_SERVER_ERROR",
    }  # fmt: skip
    assert (good.status.status_code, bad.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "gql-leads"),
        ({"OTEL_SERVICE_NAME": "leads-eu"}, "leads-eu"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=leads-us"}, "leads-us"),
    ],
)
def test_service_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], name: str) -> None:
    for variable in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    attributes = span_of().resource.attributes
    assert (attributes["service.name"], attributes["service.version"]) == (name, __version__)
