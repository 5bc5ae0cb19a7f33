"""The inbox: who looks after which conversation, and what people do with it.

Owns queues, who takes how many, tags, notes, canned replies; how long a person may wait and what was promised them. A
reply goes by the same door as everything that is sent: written down before its call, counted, and settled once.
Promises: nobody answers what they have not seen; nobody is warned twice of one wait; a failed reply is tried
again once.
How a thread itself stands is written by the conversations, together with its counts.
"""
