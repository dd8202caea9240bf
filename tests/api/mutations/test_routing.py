"""Assignment rules through the API."""

from typing import Any

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_queue

RULES = """
    version rules { name isActive countries types sources listingKinds qualities keywords
                    partner { name } queue { name waiting } }
"""
SET = f"ruleSet {{ {RULES} }}"
EMPTY: dict[str, Any] = {name: [] for name in ("countries", "types", "sources", "listingKinds", "qualities", "keywords")}
PERSON = {"firstName": "Aparna", "lastName": "Bosu", "email": "aparna@contoso.example"}


def to_partner(partner: object) -> dict[str, Any]:
    return {"partnerId": encode_id("Partner", partner)}


def to_queue(queue: object) -> dict[str, Any]:
    return {"queueId": encode_id("LeadQueue", queue)}


async def test_rules_are_saved_read_and_applied(app: AppContext, world: World, ask: Ask) -> None:
    queue = await make_queue(app, "Schools", open_to=[world.acme])
    french = {
        "name": "French", "countries": ["FR"], "types": ["MARKETING_QUALIFIED"], "sources": ["API", "EVENT"], "qualities": ["HIGH", "LOW"],
        "keywords": ["ledger"], "to": to_partner(world.globex),
    }  # fmt: skip
    given = [french, {"name": "Rest", "isActive": False, "listingKinds": None, "to": to_queue(queue)}]
    saved = await mutate(ask, world.channel, "saveAssignmentRules", SET, rules=given, expectedVersion=1)
    assert saved["errors"] == []
    assert saved["ruleSet"] == {
        "version": 2,
        "rules": [
            {**EMPTY, **{name: value for name, value in french.items() if name != "to"}, "isActive": True, "partner": {"name": "Globex"},
             "queue": None},
            {**EMPTY, "name": "Rest", "isActive": False, "partner": None, "queue": {"name": "Schools", "waiting": 0}},
        ],
    }  # fmt: skip
    assert (await ask(world.admin, f"{{ assignmentRules {{ {RULES} }} }}"))["assignmentRules"] == saved["ruleSet"]
    new: dict[str, Any] = {"contact": PERSON, "country": "FR", "message": "A Ledger, please."}
    made = await mutate(ask, world.admin, "createLead", "lead { partner { name } queue { name } }", **new)
    assert made["lead"] == {"partner": {"name": "Globex"}, "queue": None}
    made = await mutate(ask, world.admin, "createLead", "lead { partner { name } queue { name } }", contact=PERSON)
    assert made["lead"] == {"partner": None, "queue": {"name": "General"}}


async def test_invalid_rule_is_refused_with_the_path_of_the_field(app: AppContext, world: World, ask: Ask) -> None:
    good = {"name": "Good", "to": to_partner(world.acme)}
    nobody = to_partner("00000000-0000-7000-8000-000000000000")
    wrong: list[tuple[dict[str, Any], str, str]] = [
        (nobody, "partnerId", "NotFound"), (to_queue("00000000-0000-7000-8000-000000000000"), "queueId", "NotFound"),
        ({"partnerId": "x"}, "partnerId", "InvalidInput"), ({"queueId": nobody["partnerId"]}, "queueId", "InvalidInput"),
    ]  # fmt: skip
    for to, field, kind in wrong:
        refused = await mutate(
            ask, world.channel, "saveAssignmentRules", SET, rules=[good, good, {"name": "Bad", "to": to}], expectedVersion=9
        )
        assert (refused["ruleSet"], errors_of(refused)) == (None, [(kind, ["rules", "2", "to", field])])
    bad = [{"name": " ", "countries": ["FR", "XX"], "keywords": [""], "to": nobody}]
    refused = await mutate(ask, world.rep, "saveAssignmentRules", SET, rules=bad)
    assert errors_of(refused) == [
        ("InvalidInput", ["rules", "0", "countries", "1"]), ("InvalidInput", ["rules", "0", "keywords", "0"]),
        ("InvalidInput", ["rules", "0", "name"]),
    ]  # fmt: skip
    late = await mutate(ask, world.channel, "saveAssignmentRules", SET, rules=[good], expectedVersion=9)
    assert (errors_of(late), late["errors"][0]["currentVersion"]) == ([("VersionConflict", ["expectedVersion"])], 1)
    assert "lead" not in late["errors"][0]["message"]


@pytest.mark.parametrize("who", ["rep", "referrals", "profiles", "seller"])
async def test_rules_are_forbidden_without_the_role(world: World, ask: Ask, answer: Ask, who: str) -> None:
    found = await answer(getattr(world, who), f"{{ assignmentRules {{ {RULES} }} }}")
    assert (found["data"], [type(one.original_error).__name__ for one in found["errors"]]) == (None, ["Forbidden"])
    refused = await mutate(ask, getattr(world, who), "saveAssignmentRules", SET, rules=[])
    assert (refused["ruleSet"], errors_of(refused)) == (None, [("NotPermitted", None)])
