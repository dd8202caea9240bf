"""Speed as ratios: the service beside hand-written code that does the same, in one run, on one machine.

Nothing here is a test: a figure in milliseconds says more of the machine than of the program. What is compared answers alike,
which is checked before it is measured; rounds are interleaved, and medians are told.
"""
