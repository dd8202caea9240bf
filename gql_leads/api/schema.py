"""The GraphQL schema."""

from functools import cache

from strawberry import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter

from gql_leads.api.mutations.mutation import Mutation
from gql_leads.api.queries import Query
from gql_leads.api.resolving.errors import USER_ERRORS
from gql_leads.api.subscriptions import Subscription
from gql_leads.api.values.scalars import SCALARS


class CachedNameConverter(NameConverter):
    """Strawberry's name converter with a cache: it is called for every field of every input object."""

    apply_naming_config = cache(NameConverter.apply_naming_config)


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=USER_ERRORS,
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True, name_converter=CachedNameConverter()),
)
