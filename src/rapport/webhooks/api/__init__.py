"""The rooms of webhooks over HTTP: what is posted to us, and the webhooks at Unipile that post it."""
