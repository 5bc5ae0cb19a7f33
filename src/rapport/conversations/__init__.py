"""Conversations: threads with people on any channel, who is in them, and every message once.

Owns `conversation`, `participant`, `message`, `message_mark`. Promises: a message is recorded once, whichever way and
however often it is told, and the database itself forbids a second; in whatever order things are told of it, it ends the
same; its words are in no log and no event, and go when the person is erased. Written only by the verbs here.
"""
