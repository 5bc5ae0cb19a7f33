"""What is found out about leads: asked for, told by others, kept with where it came from, and stale after a while.

Owns `lead_enrichment`. Promises: what is told twice, or late, changes nothing; what an operator typed is never written
over; a profile that is read counts among its account's visits before it is read.
"""
