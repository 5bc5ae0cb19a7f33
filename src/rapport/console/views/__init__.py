"""The pages, one module per subject of the navigation."""

from __future__ import annotations

from flask import Blueprint

from rapport.console import assets
from rapport.console.views import find, home, signing_in

PAGES: tuple[Blueprint, ...] = (
    assets.pages,
    signing_in.door,
    signing_in.pages,
    home.pages,
    find.pages,
)
