"""`gql-leads schema`."""

from gql_leads.api.schema import schema as graphql_schema


def schema() -> None:
    """Print the GraphQL schema."""
    print(graphql_schema.as_str())
