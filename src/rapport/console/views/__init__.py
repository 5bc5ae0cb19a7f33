"""The pages, one module per subject of the navigation."""

from __future__ import annotations

from flask import Blueprint

from rapport.console import assets
from rapport.console.views import building, campaigns, find, home, running, signing_in

PAGES: tuple[Blueprint, ...] = (
    assets.pages,
    signing_in.door,
    signing_in.pages,
    home.pages,
    campaigns.pages,
    building.pages,
    running.pages,
    find.pages,
)
