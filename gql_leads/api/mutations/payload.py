"""Bases of mutation payloads, and the field extension that returns refusals as data."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, dataclass_transform
from uuid import UUID

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField

from gql_leads.api.mutations.input_fields import faulty_ids
from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.errors import UserError, user_errors
from gql_leads.api.resolving.lead_lists import lead_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.lead import Lead
from gql_leads.api.values.field_metadata import MUTATION, Metadata
from gql_leads.domain.errors import BadInput, Invalid, Refusal


@strawberry.type(description="The result of a mutation.")
class Payload:
    refused_input: strawberry.Private[object] = None
    """The input of a refused mutation."""
    errors: list[UserError] = strawberry.field(description="The reasons of a refusal; empty if the mutation succeeded.")


@strawberry.type(description="The result of a mutation of a lead.")
class LeadPayload(Payload):
    lead: Lead | None = strawberry.field(
        description="The lead after the change; null if the mutation was refused or the viewer can no longer see the lead."
    )


PayloadType = TypeVar("PayloadType", bound=Payload)


INPUT: Final = strawberry.argument(description="The input.")


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def payload(cls: type[PayloadType]) -> type[PayloadType]:
    """Declare the payload type of a mutation; its description names the mutation."""
    name = cls.__name__.removesuffix("Payload")
    return strawberry.type(cls, description=f"The result of `{name[0].lower()}{name[1:]}`.")


LeadPayloadType = TypeVar("LeadPayloadType", bound=LeadPayload)


async def lead_payload(info: Info, kind: type[LeadPayloadType], lead_id: UUID, **more: Any) -> LeadPayloadType:
    """Return the payload of a committed change, with the selected fields of the lead as it is now."""
    selected = Selection.under(info).fields(kind.__name__)
    lead = await lead_by_id(info.context, lead_id, selected["lead"]) if "lead" in selected else None
    return kind(errors=[], lead=lead, **more)


class RefusalsAsData(FieldExtension):
    """Turns a refusal into the mutation's payload: `errors` is filled, objects are null, lists empty, counts 0."""

    def apply(self, field: StrawberryField) -> None:
        """Keep the field, whose payload type is not known yet."""
        self._field = field

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Any, **arguments: Any) -> Any:
        """Check the ids of the input and call the resolver; return a payload with `errors` if one of them refuses."""
        info.context.dry_run_rows = {}  # what the mutation before only tried
        try:
            if faults := list(faulty_ids(arguments["input"])):
                raise Invalid(faults)
            return await next_(source, info, **arguments)
        except (Refusal, BadInput) as refusal:
            return self._refused(refusal, arguments["input"])

    def _refused(self, refusal: Refusal | BadInput, refused_input: object) -> Any:
        kind: Any = self._field.type.of_type if isinstance(self._field.type, StrawberryOptional) else self._field.type
        nothing: dict[str, Any] = {
            field.python_name: [] if isinstance(field.type, StrawberryList) else 0 if field.type is int else None
            for field in kind.__strawberry_definition__.fields
        }
        return construct(kind, **{**nothing, "errors": user_errors(refusal), "refused_input": refused_input})


def mutation(description: str, work: Metadata = MUTATION) -> Callable[[Callable[..., Any]], Any]:
    """Declare a mutation whose refusals are returned as data."""
    decorate: Callable[[Callable[..., Any]], Any] = strawberry.mutation(
        description=description, extensions=[RefusalsAsData()], metadata=work
    )
    return decorate
