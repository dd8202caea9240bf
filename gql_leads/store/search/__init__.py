"""The trigram indexes of the search, and the decision when to use them."""
