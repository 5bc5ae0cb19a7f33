"""What the log says of message channels, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

CONNECTED = title("channel.connected", "The channel {channel} was connected by {transport}")
CHANGED = title("channel.changed", "The channel {channel} was changed: {fields}")
SWITCHED_OFF = title("channel.switched_off", "The channel {channel} was switched off: what comes in waits")
SWITCHED_ON = title(
    "channel.switched_on", "The channel {channel} was switched on again; {waited} waited to be taken in"
)
ROTATED = title("channel.password_rotated", "The password of the channel {channel} was changed")
REFUSED = title("channel.reply_failed", "A reply on {channel} did not arrive: {error}")
