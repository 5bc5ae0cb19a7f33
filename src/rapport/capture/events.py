"""What the log says of forms, in sentences: never what somebody wrote."""

from __future__ import annotations

from rapport.events.titles import title

FORM_CREATED = title("capture_form.created", "The form {name} was added")
FORM_CHANGED = title("capture_form.changed", "The form {name} was changed: {fields}")
KEY_ROTATED = title("capture_form.key_rotated", "The form {name} got another key")
INQUIRED = title("lead.inquired", "{name} came through the form {form}")
NOT_ENROLLED = title("lead.not_enrolled", "{name} came through a form, but not into its campaign: {reason}")
