"""gql_leads brings every sales lead of a marketplace to the right partner.

Layers from the inside out: `domain` (rules), `store` (data access), `services` (use cases), `events` (the live event log),
`api` (GraphQL schema), `graphql_server` (transports), `web` (other routes). `app` connects them. A layer imports only layers
further in; `tests/test_architecture.py` contains the table and checks every import.
"""

__version__ = "0.4.0"
