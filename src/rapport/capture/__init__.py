"""Capture: forms through which people come to a client by themselves, and what they sent.

Owns `capture_form`, `submission`. Promises: what is answered with 201 is committed, with its lead, its words and its
events, and nothing slow came before; the same key makes one submission, however often it is sent; a form speaks for its
own client and for no other. Written only by the verbs here.
"""
