"""What can be done."""

import strawberry

from gql_leads.api.campaigning import Campaigning
from gql_leads.api.converting import Converting
from gql_leads.api.deleting import Deleting
from gql_leads.api.erasing import Erasing
from gql_leads.api.exporting import Exporting
from gql_leads.api.following import Following
from gql_leads.api.organising import Organising
from gql_leads.api.placing import Placing
from gql_leads.api.referring import Referring
from gql_leads.api.routing import Routing
from gql_leads.api.selling import Selling
from gql_leads.api.working import Working


@strawberry.type(
    description="What can be done. One input and one payload each: a rule that says no is data in the payload's `errors`,"
    " its objects are then null. What the caller cannot fix is a GraphQL error with `extensions.code`."
)
class Mutation(Working, Converting, Following, Placing, Referring, Routing, Campaigning, Deleting, Erasing, Organising, Exporting, Selling):
    pass
