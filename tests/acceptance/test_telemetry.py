"""What an operator learns: a line for each operation, figures, and traces, from a real server."""

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
    """A collector of traces: its address, and whether it was sent any."""
    was_sent = threading.Event()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if b"mutation Enter" in self.rfile.read(int(self.headers["content-length"])):
                was_sent.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", was_sent
        finally:
            server.shutdown()
            thread.join()


def test_each_operation_has_its_line_its_figures_and_its_trace(peopled: Installation) -> None:
    with collecting() as (collector, was_sent):
        peopled_traced = peopled.serving(
            log_format="json", tracing="true", OTEL_EXPORTER_OTLP_ENDPOINT=collector, OTEL_BSP_SCHEDULE_DELAY="100"
        )
        with peopled_traced as server:
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


def test_production_has_figures_only_for_who_brings_the_token(peopled: Installation) -> None:
    with peopled.serving(environment="production") as server:
        assert http.get(f"{server.base}/metrics").status_code == 404
    with peopled.serving(environment="production", metrics_token="a token of 16 or more") as server:
        assert http.get(f"{server.base}/metrics").status_code == 401
        headers = {"authorization": "Bearer a token of 16 or more"}
        assert "gql_leads_database_up 1.0" in http.get(f"{server.base}/metrics", headers=headers).text
