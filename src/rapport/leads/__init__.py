"""Leads: persons, once per client, however many lists they arrive on.

Owns `lead`, `lead_identity`, `lead_tag`, `lead_note`, `lead_merge`, `relation`, `suppression`, `lead_import`,
`import_part`, `import_problem`, `lead_view`. Promises: one identity belongs to one lead of a client, the database
itself refuses a second; who is on a do-not-contact list is asked of the list each time, never of a copy; an erased
person leaves a hash and nothing else. Written only by the verbs here.
"""
