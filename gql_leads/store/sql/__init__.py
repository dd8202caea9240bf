"""The SQL builder, row decoding and keyset pagination of the hand-written statements."""
