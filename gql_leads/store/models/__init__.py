"""Tortoise models of all tables.

Instants are BIGINT milliseconds since 1970 in UTC; `store.sql.rows` encodes every other value.
"""

from tortoise.models import Model

from gql_leads.store.models.campaigns import Campaign, CampaignMembership
from gql_leads.store.models.events import Event, LogState
from gql_leads.store.models.imports import LeadImport, LeadImportChunk, LeadImportError
from gql_leads.store.models.intake import IntakeKey, IntakeSubmission
from gql_leads.store.models.leads import Activity, Favorite, Lead, LeadMerge, Note, NoteMention, TimelineEntry
from gql_leads.store.models.mails import Mail, MailCount, MailOptOut
from gql_leads.store.models.notifications import Notification, NotificationMark, NotificationRead
from gql_leads.store.models.opportunities import Account, Contact, Opportunity, OpportunityTimelineEntry
from gql_leads.store.models.organization import BusinessProfile, Listing, ListingExternalId, Member, Partner
from gql_leads.store.models.queues import Claim, LeadQueue, QueuePartner, QueueUse
from gql_leads.store.models.requests import IdempotencyKey
from gql_leads.store.models.routing import AssignmentRule, AssignmentRuleSet
from gql_leads.store.models.saved_views import SavedView
from gql_leads.store.models.sign_in import ApiKey, OneTimeLink, Password, PasswordResetRequest, RefreshToken, Session, SignInAttempt
from gql_leads.store.models.webhooks import Webhook, WebhookDelivery

__models__ = [
    Partner, Member, Listing, ListingExternalId, BusinessProfile,
    LeadQueue, QueuePartner, QueueUse, Claim, AssignmentRuleSet, AssignmentRule,
    Lead, Note, NoteMention, Activity, TimelineEntry, Favorite, Campaign, CampaignMembership, Account, Contact, Opportunity,
    OpportunityTimelineEntry,
    Event, LogState, IdempotencyKey, Password, OneTimeLink, Session, RefreshToken, SignInAttempt, PasswordResetRequest, Mail, ApiKey,
    IntakeKey, IntakeSubmission, MailCount, MailOptOut,
    Notification, NotificationMark, NotificationRead,
    LeadImport, LeadImportChunk, LeadImportError,
    SavedView, LeadMerge, Webhook, WebhookDelivery,
]  # fmt: skip


MODELS: dict[str, type[Model]] = {model._meta.db_table: model for model in __models__}
"""Each model by the name of its table."""
