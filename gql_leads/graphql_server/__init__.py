"""The endpoint between Starlette and a Strawberry schema: HTTP, WebSocket and SSE by their specifications.

Rule: it knows nothing of leads and takes any `strawberry.Schema`; what only the application knows (who is calling,
which errors are public, what a cursor is) comes in through the few callables of `application.Application`.

Decisions
- One pipeline (`execution`) admits every operation of all three transports: document, limits, access, cost, rate.
- A document is parsed, measured and validated once (`documents`), whatever transport brought it.
- Measured (`measuring`) before validated: every fragment once, so that no document can make the walk exponential.
- Nothing of ours reaches a client (`errors`): an unexpected error is masked by an id that is also in the log.
- Who has caught up with a group is told by it, in one pass over all, and has no task (`group`, `running`); who falls behind reads on by
  itself and comes back, so that nobody waits for anybody.
- A resolver that nothing comes before is called straight (`calling`); where anything might, Strawberry's way is gone.
- Strawberry's own execution extensions are not run: the schema gives types and resolvers, this package does the rest.
"""
