"""What signing in needs from outside: keys, the password hasher and the rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gql_leads.domain.rules import SignInRules
from gql_leads.services.sign_in.passwords import Passwords
from gql_leads.services.sign_in.secret_tokens import SecretTokens
from gql_leads.services.sign_in.tokens import Tokens


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Keys and rules of signing in; created once per process."""

    tokens: Tokens
    secret_tokens: SecretTokens
    rules: SignInRules = field(default_factory=SignInRules)
    passwords: Passwords = field(default_factory=Passwords)

    @classmethod
    def of(cls, secrets: Sequence[bytes], rules: SignInRules) -> "Credentials":
        """Return the credentials of these secrets, the current one first."""
        secret, *previous = secrets
        return cls(tokens=Tokens(secret, previous=previous), secret_tokens=SecretTokens(secret, previous), rules=rules)
