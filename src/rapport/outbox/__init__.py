"""The outbox: what is told to others, written down before it leaves and kept with every attempt.

Owns `connection`, `delivery`, `delivery_attempt`, `outbox_pace`. Promises: what was written is sent, dead with a cause,
or skipped with a reason, and nothing is silently not sent; a receiver sees one id in every attempt; an email is never
doubled. Deliveries are written by `write.write` in the transaction of whatever asks for them, and settled by
`settle.settle` only.
"""
