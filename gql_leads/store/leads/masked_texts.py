"""Masked copies of the customer's texts: what is shown while the contact is hidden.

The history is read by raw SQL, as `erasure` does: only the column of the changes is needed.
"""

from typing import Final

from gql_leads.domain.leads.lead import Lead, LeadOutcome
from gql_leads.domain.leads.masking import mask_contact
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.rows import loaded

_NAMES: Final = ("contact.firstName", "contact.lastName")
_PHONE: Final = "contact.phone"


def masked_texts(lead: Lead) -> dict[str, str | None]:
    """Return the masked copies by column."""
    return {"message_masked": mask_contact(lead.message, lead.first_name, lead.last_name, lead.phone_given or lead.phone)}


def hides_contact(before: Lead, after: Lead) -> bool:
    """Return True if the change hides a contact that was shown: a release to a queue, or expiry."""
    is_taken = before.partner_id is not None and after.partner_id is None
    return is_taken or (after.outcome is LeadOutcome.EXPIRED and before.outcome is not LeadOutcome.EXPIRED)


async def masked_texts_by_history(connection: Connection, lead: Lead) -> dict[str, str | None]:
    """Return the masked copies without the names and numbers that the contact had before corrections, too."""
    texts = masked_texts(lead)
    if lead.message is None:
        return texts
    rows = await connection.fetch("SELECT changes FROM timeline_entry WHERE lead_id = ?", lead.id)
    changes = [one for row in rows for one in loaded(row["changes"]) or () if one["field"] in (*_NAMES, _PHONE)]
    for one in changes:
        for value in filter(None, (one["from"], one["to"])):
            name, phone = ("", value) if one["field"] == _PHONE else (value, None)
            texts = {column: mask_contact(text, None, name, phone) for column, text in texts.items()}
    return texts
