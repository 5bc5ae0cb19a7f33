"""Broadcasts: one mail to an audience, each address once.

Owns `broadcast`, `broadcast_mail`, `broadcast_batch`. Promises: who is in the audience is frozen when it is sent; an
address that bounced, complained or wants no more gets nothing; a mail leaves once, because the bytes and the key of its
batch are stored before the call, and the same bytes go under the same key until the provider's answer is known. Written
by the verbs here only, sent by the job `broadcast.send`.
"""
