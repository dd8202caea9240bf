"""The GraphQL types of money amounts."""

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.values.scalars import CurrencyCode, Decimal
from gql_leads.domain import commands
from gql_leads.domain.values import money as exact


@strawberry.type(description="An exact amount of money.")
class Money:
    amount: Decimal = strawberry.field(description="The amount in major units, with the number of decimal digits of the currency.")
    currency: CurrencyCode = strawberry.field(description="The currency.")


@strawberry.input(description="An exact amount of money.")
class MoneyInput:
    amount: Decimal = strawberry.field(description='The amount in major units, such as `"12500.00"`.')
    currency: CurrencyCode = strawberry.field(description="The currency.")

    def to_command(self) -> commands.MoneyFields:
        """Return the amount for a command."""
        return commands.MoneyFields(amount=self.amount, currency=self.currency)


def money(minor: int | None, currency: str) -> Money | None:
    """Return an amount of minor units as money; None for None."""
    return None if minor is None else construct(Money, amount=exact.Money(minor, currency).text, currency=currency)
