"""Two servers on one database give the same answers."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from tests.acceptance.client import Member
from tests.acceptance.server import Installation, Server

CUSTOMER = {"lastName": "Bosu"}
AT_ONCE = 48
OPEN_CLAIMS = 3
LEADS = 40
CHANGED = "subscription ($after: EventCursor) { leadChanged(after: $after) { kind leadId } }"


@pytest.fixture(scope="module")
def servers(installation: Installation) -> Iterator[list[Server]]:
    with ExitStack() as running:
        started = [installation.launch(poll_seconds="0.2") for _ in range(2)]
        for server in started:
            running.callback(server.kill)
        for server in started:
            server.wait_until_ready()
        yield started


@pytest.fixture(scope="module")
def channel(servers: list[Server]) -> Member:
    return servers[0].member("channel@vendor.example")


@pytest.fixture
def claimers(servers: list[Server], channel: Member) -> list[Member]:
    """Clients for concurrent claims, spread over all partners and both servers."""
    partners = channel.ask("{ partners { nodes { members { nodes { email } } } } }")["partners"]["nodes"]
    emails = [partner["members"]["nodes"][0]["email"] for partner in partners] * (AT_ONCE // len(partners))
    return [servers[number % 2].member(email) for number, email in enumerate(sorted(emails))]


@pytest.fixture
def limited_queue(channel: Member) -> Iterator[str]:
    """Id of the general queue, with a claim limit during the test."""
    queue_id = channel.ask("{ queues { id } }")["queues"][0]["id"]
    channel.do("saveQueue", "queue { id }", queueId=queue_id, maxOpenClaimsPerPartner=OPEN_CLAIMS)
    yield queue_id
    channel.do("saveQueue", "queue { id }", queueId=queue_id, maxOpenClaimsPerPartner=None)


def all_at_once(members: list[Member], mutation: str, **given: Any) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(len(members)) as threads:
        return list(threads.map(lambda member: member.change(mutation, "lead { id partner { name } }", **given), members))


def test_exactly_one_of_many_concurrent_claims_wins(claimers: list[Member], channel: Member) -> None:
    lead_id = channel.do("createLead", contact=CUSTOMER)["lead"]["id"]
    answers = all_at_once(claimers, "claimLead", leadId=lead_id)
    answered = [answer for answer in answers if answer["lead"]]
    winner = answered[0]
    assert all(answer == winner for answer in answered)  # The winner's own repetitions get the same answer.
    assert winner["errors"] == []
    refusals = Counter(answer["errors"][0]["__typename"] for answer in answers if not answer["lead"])
    assert refusals == {"LeadAlreadyClaimed": AT_ONCE - len(answered)}


def test_concurrent_claims_stay_within_the_limits(claimers: list[Member], channel: Member, limited_queue: str) -> None:
    for _ in range(LEADS):
        channel.do("createLead", contact=CUSTOMER)
    locked = claims(channel)
    answers = all_at_once(claimers, "claimNextLead", queueId=limited_queue)
    claimed = [answer["lead"] for answer in answers if answer["lead"]]
    assert len({lead["id"] for lead in claimed}) == len(claimed)
    assert {answer["errors"][0]["__typename"] for answer in answers if not answer["lead"]} == {"ClaimLimitReached"}
    now = locked + Counter(lead["partner"]["name"] for lead in claimed)
    assert set(now.values()) == {OPEN_CLAIMS}
    assert len(now) == 12
    assert claims(channel) == now


def claims(channel: Member) -> Counter[str]:
    """Return the number of claimed leads by partner."""
    leads = channel.ask("{ leads(first: 200) { nodes { claimedAt partner { name } } } }")["leads"]["nodes"]
    assert len(leads) < 200
    return Counter(lead["partner"]["name"] for lead in leads if lead["claimedAt"])


def test_one_of_two_concurrent_updates_of_a_version_wins(servers: list[Server]) -> None:
    reps = [server.member("rep@initech.example") for server in servers]
    lead = reps[0].do("createLead", "lead { id version }", contact=CUSTOMER)["lead"]
    answers = all_at_once(reps * 4, "updateLead", leadId=lead["id"], city="Łódź", expectedVersion=lead["version"])
    assert Counter(answer["errors"][0]["__typename"] if answer["errors"] else "" for answer in answers) == {"": 1, "VersionConflict": 7}


def test_change_at_one_server_reaches_subscribers_of_the_other(servers: list[Server]) -> None:
    here, there = (server.member("rep@initech.example") for server in servers)
    start = there.cursor()
    with there.socket() as socket, there.events(CHANGED, after=start) as events:
        socket.subscribe(CHANGED, after=start)
        for _ in range(3):
            lead_id = here.do("createLead", contact=CUSTOMER)["lead"]["id"]
            assert socket.alert() == {"kind": "CREATED", "leadId": lead_id}
            assert events.alert()["leadId"] == lead_id


def test_member_who_is_deactivated_or_loses_a_role_at_one_server_is_disconnected_by_the_other(servers: list[Server]) -> None:
    admin, profile = servers[0].member("admin@vendor.example"), servers[1].member("profile@initech.example")
    member_id = profile.ask("{ viewer { member { id } } }")["viewer"]["member"]["id"]
    for change, back in (({"isActive": False}, {"isActive": True}), ({"roles": ["SALES_REP"]}, {"roles": ["BUSINESS_PROFILE_ADMIN"]})):
        with profile.socket() as socket:
            socket.subscribe(CHANGED)
            admin.do("updateMember", "member { isActive roles }", memberId=member_id, **change)
            assert socket.closing_code() == 4403
        assert profile.post("{ viewer { roles } }").status_code == (401 if "isActive" in change else 200)
        admin.do("updateMember", "member { id }", memberId=member_id, **back)


def test_cursor_of_one_server_is_resumed_at_the_other(servers: list[Server]) -> None:
    here, there = (server.member("rep@initech.example") for server in servers)
    start = here.cursor()
    lead_id = here.do("createLead", contact=CUSTOMER)["lead"]["id"]
    for member in (here, there):
        with member.socket() as socket:
            socket.subscribe(CHANGED, after=start)
            assert socket.alert() == {"kind": "CREATED", "leadId": lead_id}
    assert here.changes(after=start) == there.changes(after=start)


def test_two_concurrent_first_starts_succeed(empty_installation: Installation) -> None:
    started = [empty_installation.launch() for _ in range(2)]
    try:
        for server in started:
            server.wait_until_ready()
    finally:
        for server in started:
            server.kill()
