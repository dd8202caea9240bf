from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from gql_leads.domain.errors import Unavailable
from gql_leads.web import metrics
from gql_leads.web.metrics import Metrics, State

LOCAL = State(open_streams=3, subscribers=2, webhook_attempts={"delivered": 5})
FULL = replace(
    LOCAL,
    log_lag=1.5,
    queues={"General": 7},
    connections={"idle": 1, "used": 4},
    pending_webhooks=3,
    oldest_pending_webhook=90.5,
)


async def fetch(
    collected: Metrics, *, unavailable: bool = False, token: str | None = None, given: str | None = None, host: str = "localhost:8000"
) -> httpx.Response:
    async def read() -> State:
        if unavailable:
            raise Unavailable
        return FULL

    app = Starlette(routes=metrics.routes(collected, read, lambda: LOCAL, token))
    headers = {} if given is None else {"authorization": f"Bearer {given}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}") as client:
        return await client.get("/metrics", headers=headers)


async def test_operations_are_counted_by_outcome() -> None:
    collected = Metrics()
    collected.observe(transport="http", type_="query", outcome="OK", seconds=0.02, cost=50)
    collected.observe(transport="http", type_="query", outcome="OK", seconds=0.2, cost=50)
    collected.observe(transport="websocket", type_=None, outcome="RATE_LIMITED", seconds=0, cost=0)
    lines = (await fetch(collected)).text.splitlines()
    assert 'gql_leads_operations_total{outcome="OK",transport="http",type="query"} 2.0' in lines
    assert 'gql_leads_operations_total{outcome="RATE_LIMITED",transport="websocket",type="unknown"} 1.0' in lines
    assert 'gql_leads_operation_seconds_bucket{le="0.025",type="query"} 1.0' in lines
    assert "gql_leads_operation_cost_total 100.0" in lines


async def test_streams_queues_lag_and_pool_are_reported() -> None:
    response = await fetch(Metrics())
    assert response.headers["content-type"].startswith("text/plain")
    for line in (
        "gql_leads_database_up 1.0", "gql_leads_open_streams 3.0", "gql_leads_subscribers 2.0", "gql_leads_log_lag_seconds 1.5",
        'gql_leads_queue_waiting{queue="General"} 7.0', 'gql_leads_database_connections{state="used"} 4.0',
    ):  # fmt: skip
        assert line in response.text.splitlines()


async def test_webhooks_are_reported_and_each_attempt_is_counted_once() -> None:
    collected = Metrics()
    for _ in range(2):
        lines = (await fetch(collected)).text.splitlines()
        assert 'gql_leads_webhook_attempts_total{outcome="delivered"} 5.0' in lines
        assert 'gql_leads_webhook_attempts_total{outcome="failed"} 0.0' in lines
        assert "gql_leads_webhook_pending 3.0" in lines
        assert "gql_leads_webhook_oldest_pending_seconds 90.5" in lines
    assert "gql_leads_webhook_pending" not in (await fetch(collected, unavailable=True)).text


async def test_without_the_database_the_local_metrics_are_reported() -> None:
    response = await fetch(Metrics(), unavailable=True)
    assert response.status_code == 200
    assert "gql_leads_database_up 0.0" in response.text
    assert "gql_leads_open_streams 3.0" in response.text
    assert "queue=" not in response.text


@pytest.mark.parametrize(("given", "status"), [(None, 401), ("wrong", 401), ("a token of 16 or more", 200)])
async def test_the_token_is_required_if_one_is_set(given: str | None, status: int) -> None:
    assert (await fetch(Metrics(), token="a token of 16 or more", given=given)).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("LOCALHOST.:8000", 200), ("leads.localhost", 200), ("127.0.0.1:8000", 200), ("127.9.9.9", 200),
        ("[::1]:8000", 200), ("leads.example", 403), ("localhost.example", 403), ("10.0.0.1", 403), ("[2001:db8::1]", 403),
        ("0.0.0.0", 403),
    ],
)  # fmt: skip
async def test_without_a_token_only_local_names_are_answered(host: str, status: int) -> None:
    response = await fetch(Metrics(), host=host)
    assert (response.status_code, "GQL_LEADS_METRICS_TOKEN" in response.text) == (status, status == 403)
    token = "a token of 16 or more"
    assert (await fetch(Metrics(), token=token, given=token, host=host)).status_code == 200
