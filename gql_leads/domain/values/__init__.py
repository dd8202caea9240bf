"""Values of every record: texts, codes, amounts of money, and their validation."""
