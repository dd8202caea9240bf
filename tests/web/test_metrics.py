import httpx
import pytest
from starlette.applications import Starlette

from gql_leads.domain.errors import Unavailable
from gql_leads.web import metrics
from gql_leads.web.metrics import Metrics, State

HERE = State(open_streams=3, subscribers=2)
EVERYWHERE = State(open_streams=3, subscribers=2, log_lag=1.5, queues={"General": 7}, connections={"idle": 1, "used": 4})


async def asked(gathered: Metrics, *, away: bool = False, token: str | None = None, given: str | None = None) -> httpx.Response:
    async def read() -> State:
        if away:
            raise Unavailable
        return EVERYWHERE

    app = Starlette(routes=metrics.routes(gathered, read, lambda: HERE, token))
    headers = {} if given is None else {"authorization": f"Bearer {given}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://leads.test") as client:
        return await client.get("/metrics", headers=headers)


async def test_operations_are_counted_by_what_they_ended_with() -> None:
    gathered = Metrics()
    gathered.observe(transport="http", type_="query", outcome="OK", seconds=0.02, cost=50)
    gathered.observe(transport="http", type_="query", outcome="OK", seconds=0.2, cost=50)
    gathered.observe(transport="websocket", type_=None, outcome="RATE_LIMITED", seconds=0, cost=0)
    lines = (await asked(gathered)).text.splitlines()
    assert 'gql_leads_operations_total{outcome="OK",transport="http",type="query"} 2.0' in lines
    assert 'gql_leads_operations_total{outcome="RATE_LIMITED",transport="websocket",type="unknown"} 1.0' in lines
    assert 'gql_leads_operation_seconds_bucket{le="0.025",type="query"} 1.0' in lines
    assert "gql_leads_operation_cost_total 100.0" in lines


async def test_what_is_open_waits_and_lags_is_told() -> None:
    response = await asked(Metrics())
    assert response.headers["content-type"].startswith("text/plain")
    for line in (
        "gql_leads_database_up 1.0", "gql_leads_open_streams 3.0", "gql_leads_subscribers 2.0", "gql_leads_log_lag_seconds 1.5",
        'gql_leads_queue_waiting{queue="General"} 7.0', 'gql_leads_database_connections{state="used"} 4.0',
    ):  # fmt: skip
        assert line in response.text.splitlines()


async def test_a_database_that_is_away_is_told_and_hides_nothing_else() -> None:
    response = await asked(Metrics(), away=True)
    assert response.status_code == 200
    assert "gql_leads_database_up 0.0" in response.text
    assert "gql_leads_open_streams 3.0" in response.text
    assert "queue=" not in response.text


@pytest.mark.parametrize(("given", "status"), [(None, 401), ("wrong", 401), ("a token of 16 or more", 200)])
async def test_a_token_is_wanted_where_there_is_one(given: str | None, status: int) -> None:
    assert (await asked(Metrics(), token="a token of 16 or more", given=given)).status_code == status
