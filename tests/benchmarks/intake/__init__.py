"""What comes in from outside: forms and files."""
