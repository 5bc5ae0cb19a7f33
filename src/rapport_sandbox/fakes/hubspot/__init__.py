"""HubSpot: a CRM. `service.py` is the way in, `contacts.py` the store, `errors.py` the words."""

from rapport_sandbox.fakes.hubspot.service import DEFAULT_TOKEN, NOTE_TO_CONTACT, HubSpot

__all__ = ["DEFAULT_TOKEN", "NOTE_TO_CONTACT", "HubSpot"]
