"""The tables, a file for each part of the world. Instants are BIGINT milliseconds; see the package's docstring."""

from gql_leads.store.models.campaigns import Campaign, CampaignMembership
from gql_leads.store.models.events import Event, LogState
from gql_leads.store.models.leads import Activity, Favorite, Lead, Note, NoteMention, TimelineEntry
from gql_leads.store.models.opportunities import Account, Contact, Opportunity
from gql_leads.store.models.organization import BusinessProfile, Listing, Member, Partner
from gql_leads.store.models.queues import Claim, LeadQueue, QueuePartner, QueueUse
from gql_leads.store.models.requests import IdempotencyKey
from gql_leads.store.models.routing import AssignmentRule, AssignmentRuleSet

__models__ = [
    Partner, Member, Listing, BusinessProfile, LeadQueue, QueuePartner, QueueUse, Claim, AssignmentRuleSet, AssignmentRule,
    Lead, Note, NoteMention, Activity, TimelineEntry, Favorite, Campaign, CampaignMembership, Account, Contact, Opportunity,
    Event, LogState, IdempotencyKey,
]  # fmt: skip
