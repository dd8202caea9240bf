from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from gql_leads.web.tracing import Tracing

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_an_operation_is_a_child_span_of_the_callers_span() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing(SimpleSpanProcessor(exporter))
    tracing.observe(
        type_="query", name="Board", outcome="OK", is_server_error=False, seconds=0.5, trace=TRACE, attributes={"gql_leads.cost": 50}
    )
    tracing.observe(
        type_=None, name=None, outcome="INTERNAL_SERVER_ERROR", is_server_error=True, seconds=0.1, trace="nonsense", attributes={}
    )
    tracing.close()
    good, bad = exporter.get_finished_spans()
    assert good.name == "query Board"
    assert good.attributes is not None
    assert dict(good.attributes) == {
        "graphql.operation.type": "query", "graphql.operation.name": "Board", "gql_leads.cost": 50, "gql_leads.outcome": "OK",
    }  # fmt: skip
    assert good.parent is not None
    assert f"{good.parent.trace_id:x}" == TRACE.split("-")[1].lstrip("0")
    assert good.start_time is not None
    assert good.end_time is not None
    assert good.end_time - good.start_time == 500_000_000
    assert (bad.name, bad.parent, bad.status.status_code) == ("GraphQL request", None, StatusCode.ERROR)
