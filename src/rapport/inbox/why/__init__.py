"""Why a conversation is in the inbox: what provoked it, and what was stopped because of it."""
