"""Overdue scheduled jobs are done when a server is ready, however long no server ran."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.acceptance.client import TIMEOUT_SECONDS, Member, http
from tests.acceptance.future_server import serving_in_the_future
from tests.acceptance.server import Installation

FACTS = "{ leads(first: 200) { nodes { id stage outcome contactUrgency isHot contact { lastName } contactHidden expiresAt } } }"
FOREVER = timedelta(days=400)


class Leads:
    """One lead of each kind, all created today."""

    def __init__(self, installation: Installation) -> None:
        with installation.serving() as server:
            channel, rep = server.member("channel@vendor.example"), server.member("rep@acme.example")
            self.start = rep.cursor()

            def enter(member: Member, name: str, **given: Any) -> str:
                return str(member.do("createLead", contact={"lastName": name}, **given)["lead"]["id"])

            (listing,) = rep.ask("{ viewer { partner { listings(first: 1) { nodes { id } } } } }")["viewer"]["partner"]["listings"]["nodes"]
            self.hot = enter(channel, "Hot", contactRequested=True)
            self.waiting = enter(channel, "Waiting")
            self.informational = enter(channel, "Informational", callToAction="FREE_TRIAL", listingId=listing["id"])
            self.claimed = enter(channel, "Claimed")
            self.accepted = enter(channel, "Accepted", contactRequested=True)
            self.own = enter(rep, "Own")
            for lead_id in (self.claimed, self.accepted):
                rep.do("claimLead", leadId=lead_id)
            rep.do("acceptLead", leadId=self.accepted, deal={})
            self.end = rep.cursor()


@pytest.fixture(scope="module")
def leads(installation: Installation) -> Leads:
    return Leads(installation)


@contextmanager
def after(installation: Installation, days: int, email: str = "rep@acme.example") -> Iterator[Member]:
    with serving_in_the_future(installation.database_url, timedelta(days=days)) as base:
        yield Member(base, installation.token(email, FOREVER))


def seen_by(member: Member) -> dict[str, dict[str, Any]]:
    return {lead["id"]: lead for lead in member.ask(FACTS)["leads"]["nodes"]}


# The tests run in order on one database; each is later than the one before.


def test_4_days_later_the_hot_lead_is_overdue_and_nothing_has_expired(installation: Installation, leads: Leads) -> None:
    with after(installation, days=4) as rep:
        now = seen_by(rep)
        assert (now[leads.hot]["contactUrgency"], now[leads.hot]["isHot"]) == ("OVERDUE", False)
        assert now[leads.accepted]["contactUrgency"] is None
        assert {lead["outcome"] for lead in now.values()} == {None}
        changes = rep.changes_until(lambda change: change["kind"] == "CONTACT_OVERDUE", after=leads.end)
        assert [one["leadId"] for one in changes if one["kind"] == "CONTACT_OVERDUE"] == [leads.hot]


def test_15_days_later_the_unanswered_have_expired(installation: Installation, leads: Leads) -> None:
    with after(installation, days=15) as rep:
        now = seen_by(rep)
        for lead_id in (leads.hot, leads.waiting, leads.claimed):
            lead = now.get(lead_id)
            if lead is not None:
                assert (lead["stage"], lead["outcome"], lead["contactHidden"]) == ("ARCHIVED", "EXPIRED", "EXPIRED")
                assert (lead["contact"], lead["expiresAt"], lead["contactUrgency"]) == (None, None, None)
        assert now[leads.claimed]["outcome"] == "EXPIRED"
        assert now[leads.informational]["stage"] == "RECEIVED"
        assert now[leads.own]["stage"] == "RECEIVED"
        assert now[leads.accepted]["stage"] == "ACCEPTED"
        (refused,) = rep.change("acceptLead", leadId=leads.claimed, deal={})["errors"]
        assert (refused["__typename"], refused["stage"]) == ("InvalidTransition", "ARCHIVED")
        changes = rep.changes_until(lambda change: (change["kind"], change["leadId"]) == ("EXPIRED", leads.claimed), after=leads.end)
        expired = [one["leadId"] for one in changes if one["kind"] == "EXPIRED"]
        assert len(expired) == len(set(expired))


def test_190_days_later_informational_leads_are_archived(installation: Installation, leads: Leads) -> None:
    with after(installation, days=190, email="admin@vendor.example") as admin:
        now = seen_by(admin)
        assert (now[leads.informational]["stage"], now[leads.informational]["outcome"]) == ("ARCHIVED", "EXPIRED")
        assert (now[leads.own]["stage"], now[leads.accepted]["stage"]) == ("RECEIVED", "ACCEPTED")
        for lead_id in (leads.hot, leads.waiting, leads.claimed, leads.informational):
            document = "query ($id: ID!) { lead(id: $id) { timeline { nodes { kind } } } }"
            kinds = [entry["kind"] for entry in admin.ask(document, id=lead_id)["lead"]["timeline"]["nodes"]]
            assert kinds.count("EXPIRED") == 1


def test_190_days_later_old_cursors_are_refused(installation: Installation, leads: Leads) -> None:
    with after(installation, days=190) as rep:
        document = "query ($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }"
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while "errors" not in rep.post(document, after=leads.start).json():  # The log is trimmed shortly after the start.
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert rep.refusal(document, after=leads.start) == "CURSOR_EXPIRED"
        with rep.socket() as socket:
            socket.subscribe("subscription ($after: EventCursor) { newLead(after: $after) { cursor } }", after=leads.start)
            assert socket.receive()["payload"][0]["extensions"]["code"] == "CURSOR_EXPIRED"


def test_token_of_an_hour_is_refused_a_day_later(installation: Installation, leads: Leads) -> None:
    with serving_in_the_future(installation.database_url, timedelta(days=1)) as base:
        late = Member(base, installation.token("rep@acme.example"))
        assert late.post("{ viewer { roles } }").status_code == 401
        assert late.refusal("{ viewer { roles } }") == "UNAUTHENTICATED"


def test_export_link_expires_after_15_minutes(installation: Installation, leads: Leads) -> None:
    with installation.serving() as server:
        url = server.member("rep@acme.example").do("exportLeads", "export { url }")["export"]["url"]
    for late, status in ((timedelta(minutes=10), 200), (timedelta(minutes=16), 403)):
        with serving_in_the_future(installation.database_url, late) as base:
            assert http.get(base + url[url.index("/exports/") :]).status_code == status


def test_deleted_lead_can_be_restored_for_30_days(installation: Installation, leads: Leads) -> None:
    with installation.serving() as server:
        keeper = server.member("referrals@acme.example")
        lead_id = keeper.do("createLead", contact={"lastName": "Gone"})["lead"]["id"]
        keeper.do("deleteLead", "deletedLeadId", leadId=lead_id)
    with after(installation, days=31, email="referrals@acme.example") as keeper:
        (result,) = keeper.change("restoreLeads", "results { errors { __typename } }", leadIds=[lead_id])["results"]
        assert result["errors"] == [{"__typename": "NotFound"}]
