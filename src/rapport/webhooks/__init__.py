"""What others post to us, kept word for word before anything is made of it.

Owns `webhook_delivery`. Promises: what was answered with 200 is stored; nothing stored is processed without a
decision that one can read, and nothing disappears unseen before its term. What a delivery means is said by the rooms
above, whose handlers are registered by the assembly (`sources.py`). Written only by the verbs here.
"""
