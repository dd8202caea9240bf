"""Run the command line with `python -m gql_leads`."""

from gql_leads.cli.main import main

if __name__ == "__main__":
    main()
