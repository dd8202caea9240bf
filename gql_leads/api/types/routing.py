"""The assignment rules and their reader."""

from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.organization import Partner, partner_by_id
from gql_leads.api.types.queues import LeadQueue, queue_by_id
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
