"""Who may read what: the WHERE conditions and masks of a viewer."""
