"""GraphQL types of leads and what belongs to them."""
