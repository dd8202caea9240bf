"""`python -m gql_leads` is `gql-leads`."""

from gql_leads.cli import main

if __name__ == "__main__":
    main()
