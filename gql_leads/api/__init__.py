"""How it is said, and the only importer of Strawberry.

Types carry plain attributes wherever they can: an instance is made from a row, and holds what was selected and nothing else. Only
connections, and what a level reads by one statement of its own, have resolvers. Raw values stay as the store gives them: instants are
milliseconds, enums are their names. Resolvers decide nothing, open no transaction and catch nothing. The number of statements of a request
is a constant of its document.
"""
