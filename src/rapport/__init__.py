"""LinkedIn outreach an agency trusts with real accounts."""
