"""The one place where the product is put together: settings in, a `Service` out.

It alone imports the outside, and it alone decides which implementation stands behind a port. Everything
that differs between a test, the demo and production is a parameter of `assemble`.
"""

from __future__ import annotations

from rapport.assembly.doors import measure_clock
from rapport.assembly.putting import assemble
from rapport.assembly.service import Service
from rapport.assembly.tables import METADATA

__all__ = ["METADATA", "Service", "assemble", "measure_clock"]
