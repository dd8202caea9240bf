"""A GraphQL server for any Strawberry schema, on Starlette: HTTP, WebSocket and server-sent events.

Rule: this package knows nothing of leads. `application.Application` holds the callables that the application gives it.

Structure
- `graphql_endpoint` composes everything; `authentication`, `rate_limits`, `policy`, `errors` and `operation_log` serve all transports.
- `documents` parses, measures and validates a document once and caches it.
- `execution` admits and executes operations, with compiled selections and direct resolver calls.
- `broadcast` lets subscribers of the same operation share one stream. `transports` speaks the protocols.
- `graphql_core_internals` is the only module that uses undocumented parts of graphql-core and Strawberry.

Decisions
- All transports admit an operation by the same `execution.operations.Pipeline`: document, limits, permission, cost, rate limit.
- A document is measured before it is validated, and each fragment once, so that no document causes exponential work.
- An unexpected error is masked: the client gets an id, and the log the traceback under this id.
- A subscriber that has received everything needs no task; a slow one reads on from its own position, so that nobody waits for it.
- Strawberry's execution extensions are not run. The schema provides types and resolvers; this package does the rest.
"""
