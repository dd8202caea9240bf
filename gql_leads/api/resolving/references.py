"""Loaders of objects by type name, for types that refer to each other: their modules cannot import each other."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.selections import Selection

Loader = Callable[[Context, UUID, Selection], Awaitable[Any]]
LoaderType = TypeVar("LoaderType", bound=Loader)

_LOADERS: dict[str, Loader] = {}


def loader_of(type_name: str) -> Callable[[LoaderType], LoaderType]:
    """Register a function as the loader of this type; calls of one level are read with one statement."""

    def register(load: LoaderType) -> LoaderType:
        _LOADERS[type_name] = load
        return load

    return register


async def load_reference(context: Context, type_name: str, uuid: UUID | None, selection: Selection) -> Any:
    """Return the object, None if there is none or it is not visible."""
    return None if uuid is None else await _LOADERS[type_name](context, uuid, selection)
