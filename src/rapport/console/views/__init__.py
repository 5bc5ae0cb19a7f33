"""The pages, one module per subject of the navigation."""

from __future__ import annotations

from flask import Blueprint

from rapport.console import assets
from rapport.console.views import (
    accounts,
    arranging,
    building,
    campaigns,
    capturing,
    find,
    home,
    imports,
    leads,
    running,
    signing_in,
    working,
)

PAGES: tuple[Blueprint, ...] = (
    assets.pages,
    signing_in.door,
    signing_in.pages,
    home.pages,
    campaigns.pages,
    building.pages,
    running.pages,
    leads.pages,
    imports.pages,
    accounts.pages,
    working.pages,
    arranging.pages,
    find.pages,
    capturing.pages,
)
