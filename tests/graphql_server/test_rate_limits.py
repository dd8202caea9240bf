import pytest

from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.policy import Introspection, Policy
from gql_leads.graphql_server.rate_limits import RateLimiter, rate_limit_key_of_address
from tests.graphql_server.client import JSON, client, code_of, post
from tests.graphql_server.shop_schema import shop

pytestmark = pytest.mark.usefixtures("within_a_minute")


async def test_response_has_the_remaining_allowance() -> None:
    app = shop(policy=Policy(rate=100))
    first = await post(app, "{ hello }")
    second = await post(app, "{ products(first: 30) { nodes { id } } }")
    third = await post(app, "{ nothing }")
    assert first.headers["ratelimit-policy"] == '"cost";q=100;w=60'
    left = [response.headers["ratelimit"].split(";")[1] for response in (first, second, third)]
    assert left == ["r=99", "r=69", "r=68"]


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_refusal_states_when_the_window_ends(accept: str) -> None:
    app = shop(policy=Policy(rate=3))
    for _ in range(3):
        assert (await post(app, "{ hello }")).status_code == 200
    refused = await post(app, "{ hello }", {"accept": accept})
    assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMITED")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert (await post(app, "{ hello }", token="customer-bob")).status_code == 200


async def test_operation_over_the_remaining_cost_is_not_executed() -> None:
    app = shop(policy=Policy(rate=50))
    refused = await post(app, "{ products(first: 60) { nodes { broken } } }")
    assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMITED")


async def test_anonymous_callers_and_bad_tokens_are_charged_by_address() -> None:
    app = shop(policy=Policy(rate=3, introspection=Introspection.EVERYONE))
    statuses = [(await post(app, "{ __typename }", token=None)).status_code for _ in range(2)]
    statuses += [(await post(app, "{ __typename }", token="forged")).status_code for _ in range(2)]
    assert statuses == [200, 200, 401, 429]


async def test_malformed_request_is_charged() -> None:
    app = shop(policy=Policy(rate=2))
    async with client(app) as http:
        malformed = [await http.post("/graphql", content=b"{", headers={"content-type": JSON}) for _ in range(3)]
    assert [response.status_code for response in malformed] == [400, 400, 429]
    assert malformed[0].headers["ratelimit"].startswith('"cost";r=1;')


async def test_no_rate_limit_headers_without_a_limit() -> None:
    assert "ratelimit" not in (await post(shop(), "{ hello }")).headers


async def test_allowance_is_reset_every_minute() -> None:
    now = 59.0
    limiter = RateLimiter(2, clock=lambda: now)
    assert await limiter.charge("ann", 2)
    with pytest.raises(Refused, match="you have 0 left in this minute of 2; try again in 1 s"):
        await limiter.charge("ann", 1)
    now = 60.0
    allowance = await limiter.charge("ann", 1)
    assert allowance
    assert (allowance.remaining, allowance.seconds) == (1, 60)


async def test_refused_charge_spends_nothing() -> None:
    limiter = RateLimiter(10, clock=lambda: 0.0)
    await limiter.charge("ann", 6)
    with pytest.raises(Refused):
        await limiter.charge("ann", 5)
    allowance = await limiter.charge("ann", 4)
    assert allowance
    assert allowance.remaining == 0


@pytest.mark.parametrize(
    ("address", "rate_limit_key"),
    [
        ("192.0.2.7", "address 192.0.2.7"),
        ("2001:db8::1", "address 2001:db8::/64"),
        ("2001:db8::ffff:2", "address 2001:db8::/64"),
        (None, "address None"),
        ("testclient", "address testclient"),
    ],
)
def test_addresses_in_one_ipv6_network_share_a_rate_limit_key(address: str | None, rate_limit_key: str) -> None:
    assert rate_limit_key_of_address(address) == rate_limit_key
