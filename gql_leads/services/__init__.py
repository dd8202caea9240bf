"""What can be done: one function for each thing a person does, one file for each activity.

A service checks its input, opens `desk.change()`, asks the domain, and records what it did; leaving the block writes history and events.
"""
