"""The parts that all resolvers use: context, errors, DataLoader, selections, row mapping, connections."""
