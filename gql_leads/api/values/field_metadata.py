"""Metadata of fields and arguments; `graphql_server` reads it from the schema by these keys."""

from typing import Final

PRIVATE: Final = {"private": True}
"""The value depends on the member, not only on their permissions: a stream that selects it is not shared between members."""
PAGE: Final = {"page": True}
"""The field returns as many objects as its `first` or `ids` argument says, and its cost is that of a connection."""
POSITION: Final = {"position": True}
"""The argument decides where a stream starts, but not the content of its events: streams that differ only in it are shared."""
