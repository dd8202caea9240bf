"""Mails about leads: which a change of a lead calls for, and to whom they go.

A change writes one request for each mail. Its recipients are found when it is due, and each gets a mail of their own.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import ContactUrgency, Lead, LeadStage, LeadType
from gql_leads.domain.leads.urgency import urgency
from gql_leads.domain.members import Language
from gql_leads.domain.outbox.notifications import NotificationKind

SINGLE_MAILS_A_DAY: Final = 10
"""Mails about leads that a recipient gets one by one on a UTC day; later ones wait for a digest."""


class MailKind(StrEnum):
    NEW_LEAD = "NEW_LEAD"
    HOT_LEAD = "HOT_LEAD"
    LEAD_DECLINED = "LEAD_DECLINED"
    LEAD_EXPIRED = "LEAD_EXPIRED"
    CUSTOMER_DECLINED = "CUSTOMER_DECLINED"
    """To the customer, whom the partner does not serve."""
    MAILS_FAILED = "MAILS_FAILED"
    """To the administrators: mails that could not be delivered."""
    WEBHOOKS_PAUSED = "WEBHOOKS_PAUSED"
    """To the administrators: webhooks that were paused."""


REPORTS: Final = frozenset({MailKind.MAILS_FAILED, MailKind.WEBHOOKS_PAUSED})
"""Kinds for the administrators, who need to know of them whatever they have chosen."""
ARRIVALS: Final = frozenset({MailKind.NEW_LEAD, MailKind.HOT_LEAD})
"""Kinds for members and contacts of the partner that a lead reached."""
ENDS: Final = frozenset({MailKind.LEAD_DECLINED, MailKind.LEAD_EXPIRED})
"""Kinds for the sender, or else the channel managers."""
MUTED_WITH: Final = {kind: NotificationKind(kind.value) for kind in (*ARRIVALS, *ENDS)}
"""The kind of notification with which a member mutes a kind of mail."""
TO_PROFILE_CONTACT: Final = frozenset({LeadType.PROFILE})
TO_NAMED_CONTACT: Final = frozenset({LeadType.MARKETING_QUALIFIED, LeadType.SALES_QUALIFIED})
"""Types whose mails go to the contact that the seller put on the lead. Those of the others go to the referral admins."""
LANGUAGES: Final = {"FR": Language.FR, "MC": Language.FR, "CZ": Language.CS, "PL": Language.PL}
"""The language of the customers of a country; English for every other one."""


def mails_of(change: TimelineKind, before: Lead | None, after: Lead, now: datetime, hot_for: timedelta) -> tuple[MailKind, ...]:
    """Return the mails that a change of a lead calls for; `before` is None for a new lead."""
    if change is TimelineKind.DECLINED:
        customer = (MailKind.CUSTOMER_DECLINED,) if after.consent_to_contact and after.email is not None else ()
        return (MailKind.LEAD_DECLINED, *customer) if after.requires_response else customer
    if change is TimelineKind.EXPIRED:
        return (MailKind.LEAD_EXPIRED,) if after.requires_response else ()
    if after.partner_id is None or after.stage is not LeadStage.RECEIVED:
        return ()
    if before is not None and before.partner_id == after.partner_id:
        return ()
    if before is None and after.owner_id is not None:
        return ()  # a member of the partner entered it
    is_hot = urgency(after.stage, after.contact_requested_at, now, hot_for) is ContactUrgency.HOT
    return (MailKind.HOT_LEAD,) if is_hot else (MailKind.NEW_LEAD,)


def digest_time(now: datetime, hour: int) -> datetime:
    """Return the next time (UTC) at which digests are sent."""
    today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
