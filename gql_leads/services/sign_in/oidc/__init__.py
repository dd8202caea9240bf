"""OpenID Connect: tokens of the company's identity provider authenticate members."""
