"""What the endpoint asks of a stream: the cursor of its messages, the position it reached, how it goes on, and who hears the same."""

from collections.abc import Hashable

from gql_leads.api.resolving.context import Context


def cursor_of(context: Context) -> str | None:
    """The cursor of the event that this operation's stream is telling, whether it was selected or not."""
    telling = context.progress.telling
    return None if telling is None else context.app.cursors.seal(telling)


def position_of(context: Context) -> str | None:
    """The cursor of the position that this operation's stream has reached."""
    return context.cursor


def resume(context: Context, last_event_id: str) -> None:
    """Have a stream go on behind the last message received, whatever its document says."""
    context.last_event_id = last_event_id


def sharing_key(context: Context, marks: frozenset[str]) -> Hashable | None:
    """What subscribers to the same have in common who are told the same: their standing, and the member where they are told of that."""
    permission_scope = context.permission_scope
    return permission_scope and (permission_scope, context.member if "per_member" in marks else None)
