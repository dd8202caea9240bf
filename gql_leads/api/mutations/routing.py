"""The mutation that saves the assignment rules."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.routing import AssignmentRuleSet, rule_set
from gql_leads.api.values.ids import decode_optional_id
from gql_leads.api.values.scalars import CountryCode
from gql_leads.domain.leads.lead import LeadQuality, LeadSource, LeadType, ListingKind
from gql_leads.domain.routing import Rule
from gql_leads.services import routing


@strawberry.input(description="The receiver of the leads that match a rule.", one_of=True)
class RuleTargetInput:
    partner_id: strawberry.ID | None = optional("A partner.", id_of="Partner")
    queue_id: strawberry.ID | None = optional("A queue, where partners can claim the lead.", id_of="LeadQueue")


@strawberry.input(description="An assignment rule. A criterion that is omitted, null or empty matches every lead.")
class AssignmentRuleInput:
    name: str = required("The name.")
    is_active: bool = optional("False to skip the rule.", True)
    countries: list[CountryCode] | None = optional("Matches customers from one of these countries.")
    types: list[LeadType] | None = optional("Matches leads of one of these types.")
    sources: list[LeadSource] | None = optional("Matches leads from one of these sources.")
    listing_kinds: list[ListingKind] | None = optional("Matches leads whose listing is of one of these kinds.")
    qualities: list[LeadQuality] | None = optional("Matches leads of one of these qualities.")
    keywords: list[str] | None = optional(
        "Matches leads with one of these as whole words in the message, company, industry or listing name (`AI` is not in `retail`);"
        " compared as a search compares. At most 100."
    )
    to: RuleTargetInput = required("The receiver of matching leads.")

    def to_command(self) -> Rule:
        """Return the rule as a domain object."""
        return Rule(
            name=self.name,
            is_active=self.is_active,
            countries=tuple(none_if_unset(self.countries) or ()),
            types=tuple(none_if_unset(self.types) or ()),
            sources=tuple(none_if_unset(self.sources) or ()),
            listing_kinds=tuple(none_if_unset(self.listing_kinds) or ()),
            qualities=tuple(none_if_unset(self.qualities) or ()),
            keywords=tuple(none_if_unset(self.keywords) or ()),
            partner_id=decode_optional_id("Partner", self.to.partner_id),
            queue_id=decode_optional_id("LeadQueue", self.to.queue_id),
        )


@strawberry.input(description="All assignment rules; they replace the current ones.")
class SaveAssignmentRulesInput:
    rules: list[AssignmentRuleInput] = required("The rules in the order in which they are tried; at most 200.")
    expected_version: int | None = optional(
        "The `version` that the client read: the mutation is refused with VersionConflict if the rules have changed since."
    )


@payload
class SaveAssignmentRulesPayload(Payload):
    rule_set: AssignmentRuleSet | None = strawberry.field(description="The rules after the change; null if the mutation was refused.")


@strawberry.type
class RoutingMutations:
    @mutation("Replace all assignment rules. Saving equal rules changes nothing.")
    async def save_assignment_rules(
        self, info: Info, input: Annotated[SaveAssignmentRulesInput, INPUT]
    ) -> SaveAssignmentRulesPayload | None:
        rules = [rule.to_command() for rule in input.rules]
        await routing.save_assignment_rules(info.context.app, info.context.viewer, rules, none_if_unset(input.expected_version))
        return SaveAssignmentRulesPayload(errors=[], rule_set=await rule_set(info.context))
