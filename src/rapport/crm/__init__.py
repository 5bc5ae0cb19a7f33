"""CRMs: the client's persons there and here, each one contact, whatever happens on the way.

Owns `crm_terms`, `crm_link`, `crm_note`; connections are the outbox's. Promises: a lead is one contact in each CRM,
because our lead's id is the key and a call of which nobody knows whether it was heard is looked up before it is made
again; a note is written once; what a CRM says otherwise is shown and not overwritten unless a client wants that. A link
is asked for by `asking.ask`, worked on by the job `crm.upsert` and settled by `settling.settle` only.
"""
