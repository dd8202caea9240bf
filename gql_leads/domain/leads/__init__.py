"""The rules of a lead: its attributes, lifecycle, visibility, filters and history."""
