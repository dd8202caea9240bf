"""The root type of all mutations."""

import strawberry

from gql_leads.api.mutations.activities import ActivityMutations
from gql_leads.api.mutations.api_keys import ApiKeyMutations
from gql_leads.api.mutations.campaigns import CampaignMutations
from gql_leads.api.mutations.exports import ExportMutations
from gql_leads.api.mutations.imports import ImportMutations
from gql_leads.api.mutations.intake_keys import IntakeKeyMutations
from gql_leads.api.mutations.leads.activities import LeadActivityMutations
from gql_leads.api.mutations.leads.assignments import AssignmentMutations
from gql_leads.api.mutations.leads.claims import ClaimMutations
from gql_leads.api.mutations.leads.conversion import ConversionMutations
from gql_leads.api.mutations.leads.deals import DealMutations
from gql_leads.api.mutations.leads.deletion import DeletionMutations
from gql_leads.api.mutations.leads.erasure import ErasureMutations
from gql_leads.api.mutations.leads.favorites import FavoriteMutations
from gql_leads.api.mutations.leads.intake import IntakeMutations
from gql_leads.api.mutations.leads.merges import MergeMutations
from gql_leads.api.mutations.leads.notes import LeadNoteMutations
from gql_leads.api.mutations.leads.outcomes import OutcomeMutations
from gql_leads.api.mutations.leads.referrals import ReferralMutations
from gql_leads.api.mutations.leads.responses import ResponseMutations
from gql_leads.api.mutations.leads.updates import UpdateMutations
from gql_leads.api.mutations.listings import ListingMutations
from gql_leads.api.mutations.members import MemberMutations
from gql_leads.api.mutations.notes import NoteMutations
from gql_leads.api.mutations.notification_settings import NotificationSettingsMutations
from gql_leads.api.mutations.notifications import NotificationMutations
from gql_leads.api.mutations.opportunities import OpportunityMutations
from gql_leads.api.mutations.partners import PartnerMutations
from gql_leads.api.mutations.queues import QueueMutations
from gql_leads.api.mutations.routing import RoutingMutations
from gql_leads.api.mutations.saved_views import SavedViewMutations
from gql_leads.api.mutations.sessions import SessionMutations
from gql_leads.api.mutations.webhooks import WebhookMutations


@strawberry.type(
    description="All mutations. Each takes one input and returns one payload. A refusal by a business rule is data in the"
    " payload's `errors`, and the payload's objects are null. Other failures are GraphQL errors with"
    " `extensions.code`."
)
class Mutation(
    UpdateMutations,
    LeadNoteMutations,
    NoteMutations,
    DealMutations,
    ResponseMutations,
    OutcomeMutations,
    FavoriteMutations,
    ClaimMutations,
    AssignmentMutations,
    IntakeMutations,
    ReferralMutations,
    LeadActivityMutations,
    ActivityMutations,
    ConversionMutations,
    DeletionMutations,
    ErasureMutations,
    PartnerMutations,
    QueueMutations,
    ExportMutations,
    ImportMutations,
    CampaignMutations,
    ListingMutations,
    MemberMutations,
    NotificationMutations,
    OpportunityMutations,
    RoutingMutations,
    SessionMutations,
    WebhookMutations,
    ApiKeyMutations,
    SavedViewMutations,
    MergeMutations,
    IntakeKeyMutations,
    NotificationSettingsMutations,
):
    pass
