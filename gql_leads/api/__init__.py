"""The Strawberry schema. Besides it, only `graphql_server` imports Strawberry.

Objects are built from rows and hold only the selected fields, as plain attributes. Connections and fields that need a statement
of their own have resolvers. Values stay as the store returns them: instants are integers (milliseconds), enums are their names.
Resolvers contain no rules and open no transactions. The number of SQL statements of a request depends on its document only.
"""
