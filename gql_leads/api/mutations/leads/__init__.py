"""Mutations of leads, one module for each module of `services.leads`."""
