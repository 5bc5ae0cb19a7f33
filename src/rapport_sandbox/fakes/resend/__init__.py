"""Resend: the mail service. `service.py` is the way in; the rest is one idea each."""

from rapport_sandbox.fakes.resend.service import DEFAULT_KEY, Resend

__all__ = ["DEFAULT_KEY", "Resend"]
