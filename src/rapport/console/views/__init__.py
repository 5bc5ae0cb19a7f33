"""The pages, one module per subject of the navigation."""

from __future__ import annotations

from flask import Blueprint

from rapport.console import assets
from rapport.console.views import (
    accounts,
    analytics,
    answering,
    arranging,
    building,
    campaigns,
    capturing,
    connections,
    find,
    flags,
    home,
    imports,
    inbox,
    leads,
    listening,
    notices,
    opting,
    outgoing,
    running,
    signing_in,
    texts,
    working,
)

PAGES: tuple[Blueprint, ...] = (
    assets.pages,
    signing_in.door,
    signing_in.pages,
    home.pages,
    listening.pages,
    inbox.pages,
    answering.pages,
    campaigns.pages,
    building.pages,
    running.pages,
    leads.pages,
    imports.pages,
    analytics.pages,
    accounts.pages,
    working.pages,
    outgoing.pages,
    arranging.pages,
    connections.pages,
    notices.pages,
    texts.pages,
    flags.pages,
    find.pages,
    capturing.pages,
    opting.pages,
)
