"""Message channels of clients: by which way each is reached, whether it is connected, and why not.

Owns `message_channel`. Promises: a channel is connected or says why it is not; what comes in on one that is not is kept
as it came and taken in when it is connected again; only connected ones count in figures. LinkedIn has no row of its
own: its accounts say how it stands. Who carries what leaves is a connection of the outbox.
"""
