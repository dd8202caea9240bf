"""Rules of the product, without input and output.

This package uses the standard library only: no clock, no I/O, no async. Each instant is a parameter, so tests can check a rule with a table
of cases. A rule exists once: the actions that the API offers and the checks of the mutations use the same function. A refusal is an
exception of `errors`.
"""
