"""The CRMs natively: HubSpot, Pipedrive, Salesforce. `opening.py` is the way in."""
