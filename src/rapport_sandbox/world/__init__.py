"""The people, their temper, the accounts that reach them, and what happens between the two."""
