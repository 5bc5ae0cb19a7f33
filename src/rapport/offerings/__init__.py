"""Offerings: what a client offers, and which messages are about which of it.

Owns `offering`, `campaign_offering`, `message_offering`. Promises: one link of a message and an offering, with its
rule, how sure it is and the evidence for it; what a person decided is never decided again by a rule; no word of a
message is kept in a link. Written only by the verbs here.
"""
