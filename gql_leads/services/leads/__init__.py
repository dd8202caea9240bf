"""Use cases on leads: one module per subject, one function per mutation."""
