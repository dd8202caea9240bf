"""Documents: parse, measure and validate each text once, and cache it."""
