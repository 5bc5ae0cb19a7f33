"""Feature flags: what is on, for a client, for everybody, or as the environment has it.

Owns `feature_flag`. Promises: the client's word goes before everybody's, and that before the environment's; what a
flag turned off is visible where it would have happened. Rows are written by `flags.say` only.
"""
