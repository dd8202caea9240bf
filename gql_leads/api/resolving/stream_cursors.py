"""Functions that `graphql_server` calls to get and set the position of a stream and to decide which streams are shared."""

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
    """Return the key of viewers that may share a stream: their permission scope, and the member if a private field is selected."""
    permission_scope = context.permission_scope
    return permission_scope and (permission_scope, context.member if "private" in metadata_keys else None)
