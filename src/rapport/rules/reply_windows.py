"""How long after a person's last word they may be answered on a channel.

Messenger, Instagram and WhatsApp let a business write for a day after the person wrote; the others set no term.
Example: who wrote on Messenger on Friday at 18:00 may be answered until Saturday at 18:00.
"""

from __future__ import annotations

from datetime import datetime, timedelta

_A_DAY = timedelta(hours=24)
_WINDOWS = {"messenger": _A_DAY, "instagram": _A_DAY, "whatsapp": _A_DAY}


def reply_until(channel: str, last_inbound_at: datetime | None) -> datetime | None:
    """Until when somebody who wrote may be answered; None where there is no term."""
    window = _WINDOWS.get(channel)
    return None if window is None or last_inbound_at is None else last_inbound_at + window
