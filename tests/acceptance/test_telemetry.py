"""Log lines, metrics and traces of a server process."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.acceptance.client import TIMEOUT_SECONDS, http
from tests.acceptance.server import Installation

CREATE = """mutation Enter($name: String!, $email: EmailAddress) {
    createLead(input: {contact: {lastName: $name, email: $email}}) { lead { id } errors { message } } }"""


TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


@contextmanager
def collecting() -> Iterator[tuple[str, list[tuple[str, Span]]]]:
    """Run a trace collector; yield its URL and the spans that it gets, each with the name of its service."""
    spans: list[tuple[str, Span]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            for resource in request.resource_spans:
                service = {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"]
                spans.extend((service, span) for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", spans
        finally:
            server.shutdown()
            thread.join()


def test_each_operation_is_logged_counted_and_traced(with_organization: Installation) -> None:
    with collecting() as (collector, spans):
        traced_server = with_organization.serving(
            log_format="json", tracing="true", OTEL_EXPORTER_OTLP_ENDPOINT=collector, OTEL_BSP_SCHEDULE_DELAY="100",
            OTEL_SERVICE_NAME="leads of a test",
        )  # fmt: skip
        with traced_server as server:
            rep = server.member("rep@acme.example")
            body = {"query": CREATE, "variables": {"name": "Quetzalcoatl", "email": "secret.person@mail.example"}}
            caller = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01", "tracestate": "vendor=abc"}
            answer = http.post(f"{server.base}/graphql", json=body, headers=rep.headers | caller | {"x-request-id": "from-the-proxy"})
            assert answer.headers["x-request-id"] == "from-the-proxy"
            figures = http.get(f"{server.base}/metrics").text
            assert rep.post("query Alone { viewer { roles } }").status_code == 200
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while len(spans) < 2:
                assert time.monotonic() < deadline, server.log
                time.sleep(0.05)
            told = [json.loads(line) for line in server.log.splitlines() if '"event": "operation"' in line]
            log = server.log
    (line,) = [one for one in told if one["request_id"] == "from-the-proxy"]
    assert (line["operation"], line["type"], line["transport"], line["outcome"]) == ("Enter", "mutation", "http", "OK")
    assert line["viewer"]
    assert line["ms"] > 0
    assert 'gql_leads_operations_total{outcome="OK",transport="http",type="mutation"} 1.0' in figures
    assert 'gql_leads_queue_waiting{queue="General"}' in figures
    assert "gql_leads_log_lag_seconds" in figures
    assert "Quetzalcoatl" not in log + figures
    assert "secret.person" not in log + figures
    assert {service for service, _ in spans} == {"leads of a test"}
    (traced,) = [span for _, span in spans if span.name == "mutation"]
    assert (traced.trace_id.hex(), traced.trace_state, traced.parent_span_id.hex()) == (TRACE_ID, "vendor=abc", "b7ad6b7169203331")
    assert (line["trace_id"], line["span_id"]) == (TRACE_ID, traced.span_id.hex())
    attributes = {one.key: one.value.string_value for one in traced.attributes}
    assert (attributes["graphql.operation.type"], attributes["graphql.operation.name"]) == ("mutation", "Enter")
    (alone,) = [span for _, span in spans if span.name == "query"]
    (line,) = [one for one in told if one["operation"] == "Alone"]
    assert (line["trace_id"], line["span_id"], alone.parent_span_id) == (alone.trace_id.hex(), alone.span_id.hex(), b"")


def test_metrics_in_production_need_the_token(with_organization: Installation) -> None:
    with with_organization.serving(environment="production") as server:
        assert http.get(f"{server.base}/metrics").status_code == 404
    with with_organization.serving(environment="production", metrics_token="a token of 16 or more") as server:
        assert http.get(f"{server.base}/metrics").status_code == 401
        headers = {"authorization": "Bearer a token of 16 or more"}
        assert "gql_leads_database_up 1.0" in http.get(f"{server.base}/metrics", headers=headers).text
