"""Qualification, which unlocks MARK_WON and CONVERT: the customer has responded, and BANT is established."""

from gql_leads.domain.leads.actions import Requirement
from gql_leads.domain.leads.lead import Lead

STEPS = {
    Requirement.CUSTOMER_RESPONDED: "customer_responded",
    Requirement.BUDGET: "budget",
    Requirement.AUTHORITY: "authority",
    Requirement.NEED: "need",
    Requirement.TIMELINE: "timeline",
}
"""Attribute of the lead that records each requirement."""


def missing(lead: Lead) -> tuple[Requirement, ...]:
    """Return the requirements that are not met yet, in their usual order."""
    return tuple(requirement for requirement, attribute in STEPS.items() if not getattr(lead, attribute))
