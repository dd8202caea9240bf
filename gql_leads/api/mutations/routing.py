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


@strawberry.input(description="Who gets what fits a rule.", one_of=True)
class RuleTargetInput:
    partner_id: strawberry.ID | None = optional("A partner.")
    queue_id: strawberry.ID | None = optional("A queue, where it waits to be claimed.")


@strawberry.input(description="One rule. A criterion that is left out, null or empty fits everything.")
class AssignmentRuleInput:
    name: str = required("What people call it.")
    is_active: bool = optional("Whether it is tried.", True)
    countries: list[CountryCode] | None = optional("The customer's country is one of these.")
    types: list[LeadType] | None = optional("The lead came about in one of these ways.")
    sources: list[LeadSource] | None = optional("It entered in one of these places.")
    listing_kinds: list[ListingKind] | None = optional("Its listing offers one of these.")
    qualities: list[LeadQuality] | None = optional("Its quality is one of these.")
    keywords: list[str] | None = optional(
        "One of these texts, literal and without regard to case, stands in its message, company, industry or listing's name. At most 100."
    )
    to: RuleTargetInput = required("Who gets what fits.")

    def to_command(self) -> Rule:
        """The rule as it came."""
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


@strawberry.input(description="All rules: they take the place of those that are there.")
class SaveAssignmentRulesInput:
    rules: list[AssignmentRuleInput] = required("In the order they are to be tried in; at most 200.")
    expected_version: int | None = optional("The `version` that was read: refused with VersionConflict where somebody saved others since.")


@payload
class SaveAssignmentRulesPayload(Payload):
    rule_set: AssignmentRuleSet | None = strawberry.field(description="The rules as they are now; null where they were refused.")


@strawberry.type
class RoutingMutations:
    @mutation("Save the assignment rules as a whole. The same rules again change nothing.")
    async def save_assignment_rules(
        self, info: Info, input: Annotated[SaveAssignmentRulesInput, INPUT]
    ) -> SaveAssignmentRulesPayload | None:
        rules = [rule.to_command() for rule in input.rules]
        await routing.save_assignment_rules(info.context.app, info.context.viewer, rules, none_if_unset(input.expected_version))
        return SaveAssignmentRulesPayload(errors=[], rule_set=await rule_set(info.context))
