"""Output types, one module each."""
