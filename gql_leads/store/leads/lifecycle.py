"""The rules of a lead's lifecycle as SQL conditions on the lead `l`.

`domain.leads.lifecycle` and `domain.leads.urgency` define them.
"""

from datetime import datetime
from typing import Final, Literal

from gql_leads.domain.leads.lead import ContactUrgency
from gql_leads.domain.rules import Rules
from gql_leads.store.access.access_policy import PRESENT
from gql_leads.store.sql.builder import Sql, all_of, join

RECEIVED: Final = Sql("l.stage = 'RECEIVED'")
"""Leads that nobody has accepted or declined yet."""


def answerable(now: datetime) -> Sql:
    """Return the condition of received leads whose time to respond has not passed."""
    return all_of(RECEIVED, Sql("(l.expires_at IS NULL OR l.expires_at > ?)", (now,)))


def due(column: Literal["expires_at", "overdue_at"], now: datetime) -> Sql:
    """Return the condition of received leads that are not deleted and whose time in the column has passed."""
    return all_of(RECEIVED, Sql(f"l.{column} <= ?", (now,)), PRESENT)


def urgent(wanted: ContactUrgency, now: datetime, rules: Rules) -> Sql:
    """Return the condition of received leads with this urgency: contact requested recently or longer ago."""
    comparison = ">" if wanted is ContactUrgency.HOT else "<="
    return all_of(RECEIVED, Sql(f"l.contact_requested_at {comparison} ?", (now - rules.hot_for,)))


def urgency(now: datetime, rules: Rules) -> Sql:
    """Return the expression of a lead's urgency: HOT, OVERDUE or NULL."""
    return "CASE " + join(" ", ["WHEN " + urgent(one, now, rules) + f" THEN '{one.value}'" for one in ContactUrgency]) + " END"
