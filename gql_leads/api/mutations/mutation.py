"""What can be done."""

import strawberry

from gql_leads.api.mutations.activities import Following
from gql_leads.api.mutations.campaigns import Campaigning
from gql_leads.api.mutations.claims import Placing
from gql_leads.api.mutations.conversion import Converting
from gql_leads.api.mutations.deletion import Deleting
from gql_leads.api.mutations.erasure import Erasing
from gql_leads.api.mutations.exports import Exporting
from gql_leads.api.mutations.leads import Working
from gql_leads.api.mutations.opportunities import Selling
from gql_leads.api.mutations.organization import Organising
from gql_leads.api.mutations.referrals import Referring
from gql_leads.api.types.routing import Routing


@strawberry.type(
    description="What can be done. One input and one payload each: a rule that says no is data in the payload's `errors`,"
    " its objects are then null. What the caller cannot fix is a GraphQL error with `extensions.code`."
)
class Mutation(Working, Converting, Following, Placing, Referring, Routing, Campaigning, Deleting, Erasing, Organising, Exporting, Selling):
    pass
