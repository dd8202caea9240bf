"""A made-up world to look at, to try things on and to measure with: an organisation, and leads in every state a lead can be in.

Everything is drawn from the seed and a number, never from what was drawn before: the seven hundredth lead is the same lead whether it is
made alone or among two thousand. So what is missing can be told by its id and made later, and making it again adds nothing. Only the
instants depend on when it is made. Nobody in it can be written to: addresses are at `.example`, cannot exist, or are throw-away ones.
"""
