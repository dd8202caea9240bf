"""What is true of leads.

Standard library only: no clock, no I/O, no async. Every instant is a parameter, so a rule can be read, and tested, as a table of cases.
A refusal is an exception of `errors`; a rule exists once, and both what a client is offered and what a mutation enforces come from it.
"""
