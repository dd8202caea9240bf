"""The assignment rules, and the mutation that keeps them."""

from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.mutations.inputs import needed, optional, or_none
from gql_leads.api.mutations.payloads import GIVEN, Payload, mutation, payload
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.organization import Partner, partner_by_id
from gql_leads.api.types.queues import LeadQueue, queue_by_id
from gql_leads.api.values.ids import decode_optional_id
from gql_leads.api.values.scalars import CountryCode
from gql_leads.domain.leads.lead import LeadQuality, LeadSource, LeadType, ListingKind
from gql_leads.domain.routing import Rule
from gql_leads.services import routing


@strawberry.type(description="Sends what fits it to a partner or a queue. An empty criterion fits everything.")
class AssignmentRule:
    name: str = strawberry.field(description="What people call it.")
    is_active: bool = strawberry.field(description="Whether it is tried. A rule to a partner that is not active is passed over as well.")
    countries: list[CountryCode] = strawberry.field(description="The customer's country is one of these.")
    types: list[LeadType] = strawberry.field(description="The lead came about in one of these ways.")
    sources: list[LeadSource] = strawberry.field(description="It entered in one of these places.")
    listing_kinds: list[ListingKind] = strawberry.field(description="Its listing offers one of these.")
    qualities: list[LeadQuality] = strawberry.field(description="Its quality is one of these.")
    keywords: list[str] = strawberry.field(
        description="One of these texts, literal and without regard to case, stands in its message, company, industry or listing's name."
    )
    partner_id: strawberry.Private[UUID | None]
    queue_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The partner that gets what fits; null where a queue does.")
    async def partner(self, info: Info) -> Partner | None:
        return None if self.partner_id is None else await partner_by_id(info.context, self.partner_id)

    @strawberry.field(description="The queue that gets what fits; null where a partner does.")
    async def queue(self, info: Info) -> LeadQueue | None:
        return None if self.queue_id is None else await queue_by_id(info.context, self.queue_id)


@strawberry.type(
    description="Tried in order for leads that the vendor enters and that neither a listing nor a profile gives to its partner:"
    " the first that fits decides, and where none does, the lead waits in the general queue."
)
class AssignmentRuleSet:
    version: int = strawberry.field(description="Starts at 1 and grows by one with every save that changes a rule.")
    rules: list[AssignmentRule] = strawberry.field(description="In the order they are tried in.")


async def rule_set(context: Context) -> AssignmentRuleSet:
    """The rules, for those who keep them."""
    found = await routing.read_assignment_rules(context.app, context.viewer)
    return AssignmentRuleSet(version=found.version, rules=[_rule(one) for one in found.rules])


def _rule(rule: Rule) -> AssignmentRule:
    return AssignmentRule(
        name=rule.name,
        is_active=rule.is_active,
        countries=[CountryCode(code) for code in rule.countries],
        types=list(rule.types),
        sources=list(rule.sources),
        listing_kinds=list(rule.listing_kinds),
        qualities=list(rule.qualities),
        keywords=list(rule.keywords),
        partner_id=rule.partner_id,
        queue_id=rule.queue_id,
    )


@strawberry.input(description="Who gets what fits a rule.", one_of=True)
class RuleTargetInput:
    partner_id: strawberry.ID | None = optional("A partner.")
    queue_id: strawberry.ID | None = optional("A queue, where it waits to be claimed.")


@strawberry.input(description="One rule. A criterion that is left out, null or empty fits everything.")
class AssignmentRuleInput:
    name: str = needed("What people call it.")
    is_active: bool = optional("Whether it is tried.", True)
    countries: list[CountryCode] | None = optional("The customer's country is one of these.")
    types: list[LeadType] | None = optional("The lead came about in one of these ways.")
    sources: list[LeadSource] | None = optional("It entered in one of these places.")
    listing_kinds: list[ListingKind] | None = optional("Its listing offers one of these.")
    qualities: list[LeadQuality] | None = optional("Its quality is one of these.")
    keywords: list[str] | None = optional(
        "One of these texts, literal and without regard to case, stands in its message, company, industry or listing's name. At most 100."
    )
    to: RuleTargetInput = needed("Who gets what fits.")

    def given(self) -> Rule:
        """The rule as it came."""
        return Rule(
            name=self.name,
            is_active=self.is_active,
            countries=tuple(or_none(self.countries) or ()),
            types=tuple(or_none(self.types) or ()),
            sources=tuple(or_none(self.sources) or ()),
            listing_kinds=tuple(or_none(self.listing_kinds) or ()),
            qualities=tuple(or_none(self.qualities) or ()),
            keywords=tuple(or_none(self.keywords) or ()),
            partner_id=decode_optional_id("Partner", self.to.partner_id),
            queue_id=decode_optional_id("LeadQueue", self.to.queue_id),
        )


@strawberry.input(description="All rules: they take the place of those that are there.")
class SaveAssignmentRulesInput:
    rules: list[AssignmentRuleInput] = needed("In the order they are to be tried in; at most 200.")
    expected_version: int | None = optional("The `version` that was read: refused with VersionConflict where somebody saved others since.")


@payload
class SaveAssignmentRulesPayload(Payload):
    rule_set: AssignmentRuleSet | None = strawberry.field(description="The rules as they are now; null where they were refused.")


@strawberry.type
class Routing:
    @mutation("Save the assignment rules as a whole. The same rules again change nothing.")
    async def save_assignment_rules(
        self, info: Info, input: Annotated[SaveAssignmentRulesInput, GIVEN]
    ) -> SaveAssignmentRulesPayload | None:
        rules = [rule.given() for rule in input.rules]
        await routing.save_assignment_rules(info.context.app, info.context.viewer, rules, or_none(input.expected_version))
        return SaveAssignmentRulesPayload(errors=[], rule_set=await rule_set(info.context))
