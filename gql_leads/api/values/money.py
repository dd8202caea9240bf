"""Amounts of money, as they are said and as they are given."""

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.values.scalars import CurrencyCode, Decimal
from gql_leads.domain import commands
from gql_leads.domain import money as exact


@strawberry.type(description="An exact amount of money.")
class Money:
    amount: Decimal = strawberry.field(description="In major units, with the currency's own number of decimal digits.")
    currency: CurrencyCode = strawberry.field(description="Of which currency.")


@strawberry.input(description="An exact amount of money.")
class MoneyInput:
    amount: Decimal = strawberry.field(description='In major units, such as `"12500.00"`.')
    currency: CurrencyCode = strawberry.field(description="Of which currency.")

    def to_command(self) -> commands.MoneyFields:
        """The amount as it came."""
        return commands.MoneyFields(amount=self.amount, currency=self.currency)


def money(minor: int | None, currency: str) -> Money | None:
    """The amount of so many minor units, where there is one."""
    return None if minor is None else construct(Money, amount=exact.Money(minor, currency).text, currency=currency)
