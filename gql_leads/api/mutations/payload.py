"""Bases of mutation payloads, and the field extension that returns refusals as data."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, dataclass_transform
from uuid import UUID

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.errors import UserError, user_errors
from gql_leads.api.resolving.lead_lists import lead_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.lead import Lead
from gql_leads.domain.errors import BadInput, Refusal


@strawberry.type(description="What a mutation did.")
class Payload:
    refused_input: strawberry.Private[object] = None
    """The input of a mutation that was refused."""
    errors: list[UserError] = strawberry.field(description="Why nothing was changed; empty where it was done.")


@strawberry.type(description="What a mutation did with a lead.")
class LeadPayload(Payload):
    lead: Lead | None = strawberry.field(
        description="The lead after the change; null where it was refused, or is out of the viewer's sight now."
    )


PayloadType = TypeVar("PayloadType", bound=Payload)


INPUT: Final = strawberry.argument(description="What is asked for.")


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def payload(cls: type[PayloadType]) -> type[PayloadType]:
    """The type that a mutation answers with: `saveQueue` with `SaveQueuePayload`."""
    name = cls.__name__.removesuffix("Payload")
    return strawberry.type(cls, description=f"What `{name[0].lower()}{name[1:]}` did.")


LeadPayloadType = TypeVar("LeadPayloadType", bound=LeadPayload)


async def lead_payload(info: Info, kind: type[LeadPayloadType], lead_id: UUID, **more: Any) -> LeadPayloadType:
    """The payload of a change that was committed, with what was selected of the lead as it is now."""
    asked = Selection.under(info).fields(kind.__name__)
    lead = await lead_by_id(info.context, lead_id, asked["lead"]) if "lead" in asked else None
    return kind(errors=[], lead=lead, **more)


class RefusalsAsData(FieldExtension):
    """Answers a refusal with the mutation's own payload: its `errors` filled, its objects null, its lists empty, its counts 0."""

    def apply(self, field: StrawberryField) -> None:
        """Learn the payload's type from the mutation's."""
        self._field = field

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Any, **arguments: Any) -> Any:
        """Do it, or say why not."""
        info.context.dry_run_rows = {}  # what the mutation before only tried
        try:
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


def mutation(description: str) -> Callable[[Callable[..., Any]], Any]:
    """A mutation whose refusals are data."""
    decorate: Callable[[Callable[..., Any]], Any] = strawberry.mutation(description=description, extensions=[RefusalsAsData()])
    return decorate
