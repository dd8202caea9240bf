"""Exact amounts of money in whole minor units of a currency."""

from dataclasses import dataclass
from decimal import Decimal

from gql_leads.domain.values.codes import CURRENCIES

MOST_DIGITS = 15
"""Digits of an amount in minor units. It fits a BIGINT column, and clients that read it as a double lose no digit."""


@dataclass(frozen=True, slots=True)
class Money:
    """Amount in minor units of a currency: `Money(1250000, "EUR")` is 12,500.00 euros."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        """Return an amount in a known currency; raise ValueError with a message for users if it is not valid."""
        digits = CURRENCIES[currency]
        if not amount.is_finite():
            raise ValueError("Give the amount as a number.")
        if amount < 0:
            raise ValueError("Give an amount of zero or more: it must not be negative.")
        amount = _without_trailing_zeros(amount)
        if _decimal_digits(amount) > digits:
            raise ValueError(f"Give the amount {_with_digits(digits)}, as {currency} has.")
        if amount and amount.adjusted() + digits >= MOST_DIGITS:
            raise ValueError(f"Give a smaller amount: it may have at most {MOST_DIGITS} digits.")
        return cls(int(amount.scaleb(digits)) if amount else 0, currency)

    @property
    def amount(self) -> Decimal:
        """Amount in major units, with as many decimal digits as the currency has."""
        return Decimal(self.minor).scaleb(-CURRENCIES[self.currency])

    @property
    def text(self) -> str:
        """Amount as text for the API, such as `12500.00`."""
        return str(self.amount)


def _without_trailing_zeros(amount: Decimal) -> Decimal:
    """Return the same amount without zeros at the end of its decimal digits; exact, unlike `Decimal.normalize`."""
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int), "the amount is finite"
    while exponent < 0 and len(digits) > 1 and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    return Decimal((sign, digits, 0 if digits == (0,) else exponent))


def _decimal_digits(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _with_digits(digits: int) -> str:
    return f"with at most {digits} decimal digits" if digits else "without decimal digits"
