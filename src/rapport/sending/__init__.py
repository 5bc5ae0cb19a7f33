"""The action protocol: what is due is claimed, written down, called once and settled.

An action is committed before its call and counted against its account's limits. Only a clear answer settles it;
anything else is settled by reading the provider back. At most one action of a step of an enrollment ever succeeds.
Nothing else in the product writes to people.
"""
