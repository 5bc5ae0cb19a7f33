"""Live: what happens, told to screens as it happens.

Owns no table: the log is the truth, and a stream is a place in it. Promises: whoever shows where they stood gets what
came after, without a gap and without a double, from whichever process; who may see no more hears no more. Threads and
sockets are the runtime's (`runtime/streams.py`): here is what is said, to whom, and how many may listen.
"""
