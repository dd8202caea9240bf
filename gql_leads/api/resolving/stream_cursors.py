"""Functions that `graphql_server` calls: stream positions, and the key of shared streams."""

from collections.abc import Hashable

from gql_leads.api.resolving.context import Context


def cursor_of(context: Context) -> str | None:
    """Return the cursor of the event that the stream is delivering, even if `cursor` was not selected."""
    telling = context.progress.telling
    return None if telling is None else context.app.cursors.seal(telling)


def position_of(context: Context) -> str | None:
    """Return the cursor after the last event that the stream has delivered."""
    return context.cursor


def resume(context: Context, last_event_id: str) -> None:
    """Start the stream after the client's `Last-Event-ID`, whatever `after` its document has."""
    context.last_event_id = last_event_id


def sharing_key(context: Context, metadata_keys: frozenset[str]) -> Hashable | None:
    """Return the key of a shared stream: the permission scope, and the member for private fields."""
    permission_scope = context.permission_scope
    return permission_scope and (permission_scope, context.member if "private" in metadata_keys else None)
