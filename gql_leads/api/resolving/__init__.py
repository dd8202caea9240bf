"""What resolvers share: context, errors, DataLoader, selections, connections."""
