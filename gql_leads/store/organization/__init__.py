"""Partners, members, listings, profiles and campaigns."""
