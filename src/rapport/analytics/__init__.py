"""Analytics: figures of what happened, kept as it happens, and what is read off them.

It owns the rollups: counts per client, campaign, account, step, variant, hour of the week and day, the milestones
behind them, and the zones they are counted in. Only the consumer of the log and the rebuild write them; a rebuild finds
the same numbers, byte for byte. Answers read rollups, so what they cost does not grow with the log.
"""
