"""The tables, a file for each part of the world. Instants are BIGINT milliseconds; see the package's docstring."""

from gql_leads.store.models.leads import Favorite, Lead, Note, TimelineEntry
from gql_leads.store.models.log import Event, LogState
from gql_leads.store.models.organisation import BusinessProfile, Listing, Member, Partner
from gql_leads.store.models.queues import Claim, LeadQueue, QueuePartner, QueueUse
from gql_leads.store.models.requests import IdempotencyKey

__models__ = [
    Partner, Member, Listing, BusinessProfile, LeadQueue, QueuePartner, QueueUse, Claim,
    Lead, Note, TimelineEntry, Favorite, Event, LogState, IdempotencyKey,
]  # fmt: skip
