"""Historic paths: installations of n8n, Postmark and Unipile point at these already.

A path is rewritten before it is routed: same handler, same authentication, same answer. Nothing else in the
code knows a historic path. In the document they stand as `x-aliases` of the canonical one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from rapport.kernel.settings import Settings

ALIASES: tuple[tuple[str, str], ...] = (
    ("/api/jobs/next", "/api/v1/jobs/next"),
    ("/api/jobs/{id}/callback", "/api/v1/jobs/{id}/callback"),
    ("/api/jobs/{id}", "/api/v1/jobs/{id}"),
    ("/api/auth/{rest}", "/api/v1/auth/{rest}"),
    ("/api/analytics/{rest}", "/api/v1/analytics/{rest}"),
    ("/api/dashboard/timeseries", "/api/v1/dashboard/timeseries"),
    ("/api/dashboard/recent-conversations", "/api/v1/dashboard/recent-conversations"),
    ("/api/inbox/{rest}", "/api/v1/inbox/{rest}"),
    ("/api/automation/campaigns/{id}/status", "/api/v1/campaigns/{id}/automation"),
    ("/api/automation/{rest}", "/api/v1/automation/{rest}"),
    ("/api/webhooks/{rest}", "/api/v1/webhooks/{rest}"),
    ("/webhook/postmark/inbound", "/api/v1/webhooks/postmark/inbound"),
    ("/internal/n8n/enrichment-complete", "/api/v1/callbacks/enrichment"),
    ("/internal/n8n/lead-sync-status", "/api/v1/callbacks/lead-sync"),
    ("/internal/n8n/campaign-status", "/api/v1/callbacks/campaign-status"),
    ("/internal/n8n/metrics-upsert", "/api/v1/callbacks/metrics"),
    ("/internal/n8n/channel-message", "/api/v1/channels/messages"),
    ("/internal/metrics/snapshot", "/api/v1/metrics/snapshot"),
)
NEVER = frozenset({"/api/webhooks/unipile/accounts"})
"""A path that was never there, though it looks like those that were."""
BY_SETTING: tuple[tuple[str, str, str], ...] = (
    ("/api/submit-contact", "/api/v1/capture/{form_key}", "capture_contact_form"),
    ("/api/chatbot/leads", "/api/v1/capture/{form_key}", "capture_chatbot_form"),
    ("/api/property-inquiry", "/api/v1/capture/{form_key}", "capture_inquiry_form"),
)
"""Paths that name no form: a setting does. Where it is empty, the path is none."""
_PARTS = {"{id}": r"(?P<id>[0-9a-f-]{36})", "{rest}": r"(?P<rest>.+)"}


def _pattern(path: str) -> re.Pattern[str]:
    text = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    for name, part in _PARTS.items():
        text = text.replace(name, part)
    return re.compile(text)


_HISTORIC = ("/api/", "/internal/", "/webhook/")
_COMPILED = tuple((_pattern(old), new) for old, new in ALIASES)


class Aliases:
    """Wraps the application."""

    def __init__(self, app: Callable[..., Iterable[bytes]], settings: Settings) -> None:
        self._app = app
        keys = [(old, new, getattr(settings, setting)) for old, new, setting in BY_SETTING]
        self._of_forms = {old: new.format(form_key=key) for old, new, key in keys if key}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(_HISTORIC) and not path.startswith("/api/v1/"):
            if path in self._of_forms:
                environ["PATH_INFO"] = self._of_forms[path]
                return self._app(environ, start_response)
            for pattern, new in _COMPILED if path not in NEVER else ():
                match = pattern.fullmatch(path)
                if match is not None:
                    environ["PATH_INFO"] = new.format(**match.groupdict())
                    break
        return self._app(environ, start_response)


def of(canonical: str) -> list[str]:
    """The historic paths of a documented path."""
    shape = re.sub(r"\{[a-z_]+\}", "{id}", canonical)
    found = [old for old, new, _ in BY_SETTING if new == canonical]
    for old, new in ALIASES:
        if new == shape:
            found.append(old)
        elif new.endswith("{rest}") and canonical.startswith(new.removesuffix("{rest}")):
            found.append(old.removesuffix("{rest}") + canonical.removeprefix(new.removesuffix("{rest}")))
    return [each for each in found if each not in NEVER]
