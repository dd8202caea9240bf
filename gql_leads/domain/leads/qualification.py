"""The two sub-steps that unlock MARK_WON and CONVERT: the customer has responded, and BANT is established."""

from gql_leads.domain.leads.actions import Requirement
from gql_leads.domain.leads.lead import Lead

STEPS = {
    Requirement.CUSTOMER_RESPONDED: "customer_responded",
    Requirement.BUDGET: "budget",
    Requirement.AUTHORITY: "authority",
    Requirement.NEED: "need",
    Requirement.TIMELINE: "timeline",
}
"""Each requirement, and the fact of a lead that meets it."""


def missing(lead: Lead) -> tuple[Requirement, ...]:
    """What is still to be established, in the order people ask it."""
    return tuple(requirement for requirement, attribute in STEPS.items() if not getattr(lead, attribute))
