"""Access policy: the WHERE conditions and column masks of a viewer."""
