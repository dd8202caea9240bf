"""Assignment rules: reading and saving them, and their application to a new lead."""

from collections.abc import Sequence
from dataclasses import replace

from gql_leads.domain import permissions
from gql_leads.domain.errors import Forbidden, NotFound, VersionConflict
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.routing import Rule, apply_rules
from gql_leads.domain.values.text_folding import fold
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store import queues, routing
from gql_leads.store.organization import directory
from gql_leads.store.routing import RuleSet
from gql_leads.store.unit_of_work import UnitOfWork

MOST_RULES = 200
MOST_COUNTRIES = 300
MOST_KEYWORDS = 100
LONGEST_NAME = 200
LONGEST_KEYWORD = 100


async def read_assignment_rules(app: AppContext, viewer: Viewer) -> RuleSet:
    """Return the rules; raise Forbidden for members who may not change them."""
    if not viewer.sees_everything:
        raise Forbidden("Only channel managers and administrators read the assignment rules.")
    return await routing.rule_set(app.database.reading)


async def save_assignment_rules(app: AppContext, viewer: Viewer, wanted: Sequence[Rule], expected_version: int | None = None) -> None:
    """Replace all rules; identical ones leave their version unchanged."""
    rules = check_rules(wanted)
    async with app.unit_of_work(viewer) as uow:
        await _check_targets(uow, rules)
        permissions.KEEP_RULES.require(viewer)
        saved = await routing.lock_rules(uow.connection)
        if expected_version is not None and expected_version != saved.version:
            raise VersionConflict(saved.version)
        if rules != saved.rules:
            await routing.replace_rules(uow.connection, saved.version + 1, rules)


def check_rules(wanted: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules with clean texts and without repeated values; raise Invalid."""
    validator = Validator()
    validator.count(wanted, "rules", most=MOST_RULES)
    rules = tuple(_check_rule(validator, rule, "rules", str(number)) for number, rule in enumerate(wanted[:MOST_RULES]))
    validator.raise_if_invalid()
    return rules


def _check_rule(validator: Validator, rule: Rule, *path: str) -> Rule:
    validator.count(rule.countries, *path, "countries", most=MOST_COUNTRIES)
    validator.count(rule.keywords, *path, "keywords", most=MOST_KEYWORDS)
    countries = [
        validator.required(validator.country(code, *path, "countries", str(at)), *path, "countries", str(at))
        for at, code in enumerate(rule.countries[:MOST_COUNTRIES])
    ]
    keywords = [
        validator.required_text(text, *path, "keywords", str(at), most=LONGEST_KEYWORD)
        for at, text in enumerate(rule.keywords[:MOST_KEYWORDS])
    ]
    return replace(
        rule,
        name=validator.required_text(rule.name, *path, "name", most=LONGEST_NAME),
        countries=tuple(dict.fromkeys(countries)),
        types=tuple(dict.fromkeys(rule.types)),
        sources=tuple(dict.fromkeys(rule.sources)),
        listing_kinds=tuple(dict.fromkeys(rule.listing_kinds)),
        qualities=tuple(dict.fromkeys(rule.qualities)),
        keywords=tuple(text for at, text in enumerate(keywords) if fold(text) not in map(fold, keywords[:at])),
    )


async def _check_targets(uow: UnitOfWork, rules: Sequence[Rule]) -> None:
    connection = uow.connection
    partners = await directory.existing(connection, "partner", {rule.partner_id for rule in rules if rule.partner_id is not None})
    waiting_lines = await directory.existing(connection, "lead_queue", {rule.queue_id for rule in rules if rule.queue_id is not None})
    if not uow.actor.sees_everything:
        waiting_lines &= uow.actor.open_queues
    for number, rule in enumerate(rules):
        if rule.partner_id is not None and rule.partner_id not in partners:
            raise NotFound(field=("rules", str(number), "to", "partnerId"))
        if rule.queue_id is not None and rule.queue_id not in waiting_lines:
            raise NotFound(field=("rules", str(number), "to", "queueId"))


async def route_lead(uow: UnitOfWork, lead: Lead) -> tuple[Lead, FieldChange]:
    """Return the lead with the partner or queue that the assignment rules choose, and which of them did."""
    return apply_rules(await routing.rules_in_force(uow.connection), await queues.general(uow.connection), lead)
