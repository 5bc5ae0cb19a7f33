"""LinkedIn outreach an agency trusts with real accounts."""

__version__ = "0.1.0"
