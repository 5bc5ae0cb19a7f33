"""The judge of a run: reads what arrived outside and what the product kept, and finds broken laws.

Standard library only, and nothing of the product or its sandbox: a judge that shares code with the
accused would share its mistakes.
"""
