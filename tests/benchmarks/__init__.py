"""Benchmarks that compare the service with hand-written code for the same work, as ratios measured in one run on one machine.

These are not tests: milliseconds describe the machine more than the program. Each comparison first checks that both sides return the
same data. The sides take turns, and medians are printed.
"""
