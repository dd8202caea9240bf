"""Which names, e-mail addresses and domains mean the same company or person."""
