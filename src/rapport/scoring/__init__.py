"""Scoring: how good leads are, how warm, and because of what.

Owns `lead_score`, `scoring_terms`. Promises: a score is the sum of the parts that are kept with it, and the same facts
give it again; how warm a lead is stands in all its conversations, so that waits and notices go by it; what an operator
says holds until they lift it. Written only by the verbs here, and recomputed by what the log tells.
"""
