"""Enrollments: one lead in one campaign, where it stands, and what comes next.

Owns `enrollment`, `enrollment_step`, `enrollment_merge`,
`simulation`. Promises: a lead is in a campaign once, and in one active campaign
of a client unless the operator says so, both by the database; state and reason are always set; the answer to
`why`, the queue, the simulation and the sending come from the same rule. Written only by the verbs here.
"""
