"""Demo data to look at and to test with: an organization, and leads in every state.

A lead depends only on the seed and its number, so an interrupted run can be continued and a second run adds nothing.
Only times depend on when the demo is made. No address belongs to a person: addresses are at `.example`, cannot exist, or are disposable.
"""
