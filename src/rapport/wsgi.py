"""The application for other WSGI servers and for Flask's own commands (`flask --app rapport.wsgi db upgrade`).

It serves only: the background loops run in `rapport worker` beside it.
"""

from __future__ import annotations

from flask import Flask

from rapport.app import create_app as application_around
from rapport.assembly import assemble, measure_clock
from rapport.kernel.log import configure_log
from rapport.kernel.settings import settings_or_exit


def create_app() -> Flask:
    """The application, as the environment's settings want it."""
    settings = settings_or_exit()
    configure_log(settings.log_level)
    service = assemble(settings)
    measure_clock(service)
    return application_around(service)
