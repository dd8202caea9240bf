"""Qualification: requirements that are still missing."""

import pytest

from gql_leads.domain.leads.actions import Requirement
from gql_leads.domain.leads.qualification import missing
from tests.domain.facts import BANT, QUALIFIED, accepted

STEPS = [
    ({}, "CUSTOMER_RESPONDED BUDGET AUTHORITY NEED TIMELINE"),
    (QUALIFIED, ""),
    (BANT, "CUSTOMER_RESPONDED"),
    ({"customer_responded": True}, "BUDGET AUTHORITY NEED TIMELINE"),
    ({"budget": True, "timeline": True}, "CUSTOMER_RESPONDED AUTHORITY NEED"),
]


@pytest.mark.parametrize(("facts", "expected"), STEPS)
def test_missing_requirements_are_in_their_usual_order(facts: dict[str, bool], expected: str) -> None:
    assert missing(accepted(**facts)) == tuple(Requirement(one) for one in expected.split())
