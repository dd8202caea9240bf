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


@strawberry.type(description="Assigns matching leads to a partner or a queue. An empty criterion matches every lead.")
class AssignmentRule:
    name: str = strawberry.field(description="The name.")
    is_active: bool = strawberry.field(description="False if the rule is skipped. Rules for an inactive partner are skipped, too.")
    countries: list[CountryCode] = strawberry.field(description="Matches customers from one of these countries.")
    types: list[LeadType] = strawberry.field(description="Matches leads of one of these types.")
    sources: list[LeadSource] = strawberry.field(description="Matches leads from one of these sources.")
    listing_kinds: list[ListingKind] = strawberry.field(description="Matches leads whose listing is of one of these kinds.")
    qualities: list[LeadQuality] = strawberry.field(description="Matches leads of one of these qualities.")
    keywords: list[str] = strawberry.field(
        description="Matches leads with one of these as whole words in the message, company, industry or listing name (`AI` is not in"
        " `retail`); compared as a search compares."
    )
    partner_id: strawberry.Private[UUID | None]
    queue_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The partner that receives matching leads; null for a queue.")
    async def partner(self, info: Info) -> Partner | None:
        return None if self.partner_id is None else await partner_by_id(info.context, self.partner_id)

    @strawberry.field(description="The queue that receives matching leads; null for a partner.")
    async def queue(self, info: Info) -> LeadQueue | None:
        return None if self.queue_id is None else await queue_by_id(info.context, self.queue_id)


@strawberry.type(
    description="The assignment rules. They apply to leads that the vendor enters and that belong to no listing or profile of a"
    " partner. The first matching rule decides; without a match, the lead is put into the general queue."
)
class AssignmentRuleSet:
    version: int = strawberry.field(description="Starts at 1 and increases by one whenever a save changes a rule.")
    rules: list[AssignmentRule] = strawberry.field(description="The rules in the order in which they are tried.")


async def rule_set(context: Context) -> AssignmentRuleSet:
    """Return the rules; raises Forbidden for viewers who do not maintain them."""
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
