"""What goes between clients' n8n, mail providers and the inbox: messages in, replies out, and the word on both.

Owns no table. Promises: a message of any channel is recorded once, however often it is told, and its sender's campaigns
stop with it; a reply is told to whoever carries it once under one id, and is never shown as sent before they say so; a
channel that is off loses nothing that comes meanwhile.
"""
