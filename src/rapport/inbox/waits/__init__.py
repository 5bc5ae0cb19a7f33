"""How long people wait for an answer, what their clients promise them, and who is told when it is over."""
