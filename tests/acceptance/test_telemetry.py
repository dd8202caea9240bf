"""Log lines, metrics and traces of a server process."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from tests.acceptance.client import http
from tests.acceptance.server import Installation

CREATE = """mutation Enter($name: String!, $email: EmailAddress) {
    createLead(input: {contact: {lastName: $name, email: $email}}) { lead { id } errors { message } } }"""


@contextmanager
def collecting() -> Iterator[tuple[str, threading.Event]]:
    """Run a trace collector; yield its URL and an event that is set when a span arrives."""
    was_sent = threading.Event()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if b"mutation Enter" in self.rfile.read(int(self.headers["content-length"])):
                was_sent.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", was_sent
        finally:
            server.shutdown()
            thread.join()


def test_each_operation_is_logged_counted_and_traced(with_organization: Installation) -> None:
    with collecting() as (collector, was_sent):
        traced_server = with_organization.serving(
            log_format="json", tracing="true", OTEL_EXPORTER_OTLP_ENDPOINT=collector, OTEL_BSP_SCHEDULE_DELAY="100"
        )
        with traced_server as server:
            rep = server.member("rep@acme.example")
            body = {"query": CREATE, "variables": {"name": "Quetzalcoatl", "email": "secret.person@mail.example"}}
            answer = http.post(f"{server.base}/graphql", json=body, headers=rep.headers | {"x-request-id": "from-the-proxy"})
            assert answer.headers["x-request-id"] == "from-the-proxy"
            figures = http.get(f"{server.base}/metrics").text
            assert was_sent.wait(60)
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


def test_metrics_in_production_need_the_token(with_organization: Installation) -> None:
    with with_organization.serving(environment="production") as server:
        assert http.get(f"{server.base}/metrics").status_code == 404
    with with_organization.serving(environment="production", metrics_token="a token of 16 or more") as server:
        assert http.get(f"{server.base}/metrics").status_code == 401
        headers = {"authorization": "Bearer a token of 16 or more"}
        assert "gql_leads_database_up 1.0" in http.get(f"{server.base}/metrics", headers=headers).text
