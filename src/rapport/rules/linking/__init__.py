"""What a message is about: which of a client's offerings, how surely, and by which rule.

Rungs are tried in order and the first with a hit is believed: an offering's code, its address or slug, its catalogue
number, what was talked of before, its name, its description. What is as sure as 0.85 is linked, from 0.50 on it is
suggested, and below that nothing is said. A person's word about a message is final and is not asked for again here.
Example: "Is the River House still free?" is about the offering River House, by its name, at 0.90.
"""
