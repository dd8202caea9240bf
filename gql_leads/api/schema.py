"""The one schema: everything the API offers."""

from strawberry import Schema
from strawberry.schema.config import StrawberryConfig

from gql_leads.api.errors import USER_ERRORS
from gql_leads.api.mutations import Mutation
from gql_leads.api.queries import Query
from gql_leads.api.scalars import SCALARS
from gql_leads.api.subscriptions import Subscription

schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=USER_ERRORS,
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
