"""The routes of figures."""

from __future__ import annotations

from tests.http.routes_of.row import V1, Row

_OF_BOTH = ("summary", "timeseries", "funnel", "replies", "time-to-reply", "accounts", "best-hours", "external")
_OF_CAMPAIGNS = (*_OF_BOTH, "steps", "variants", "verdicts", "forecast")
_OF_CLIENTS = (*_OF_BOTH, "campaigns", "limits", "inbox", "live")

_VALUES = [{"metric": "external.revenue", "day": "2026-03-02", "dim_id": None, "value": 12.5}]
ROUTES: dict[str, Row] = {
    **{f"GET {V1}/analytics/campaigns/<id:campaign_id>/{name}": Row("read") for name in _OF_CAMPAIGNS},
    **{f"GET {V1}/analytics/clients/<id:client_id>/{name}": Row("read") for name in _OF_CLIENTS},
    f"GET {V1}/analytics/clients": Row("read"),
    f"POST {V1}/analytics/clients/<id:client_id>/rebuild": Row("write", 202),
    f"POST {V1}/analytics/campaigns/<id:campaign_id>/forecast": Row("write", 202),
    f"POST {V1}/callbacks/metrics": Row("callbacks write", body={"client_id": "<client_id>", "values": _VALUES}),
    f"GET {V1}/dashboard": Row("read", query={"client_id": "<client_id>"}),
    f"GET {V1}/dashboard/timeseries": Row("read", query={"client_id": "<client_id>"}),
    f"GET {V1}/dashboard/recent-conversations": Row("read", query={"client_id": "<client_id>"}),
    f"GET {V1}/metrics/snapshot": Row("read", query={"client_id": "<client_id>"}),
}
_WHOLE = {"summary", "best-hours", "forecast", "limits", "live"}
WITH_PERIODS = [
    *(f"GET {V1}/analytics/campaigns/{{campaign_id}}/{name}" for name in _OF_CAMPAIGNS if name not in _WHOLE),
    *(f"GET {V1}/analytics/clients/{{client_id}}/{name}" for name in _OF_CLIENTS if name not in _WHOLE),
    *(f"GET {V1}/analytics/clients", f"GET {V1}/dashboard/timeseries"),
]
"""Those that are asked for some days, as the document names them."""
NO_CANARY = {
    "rollup.dim": "a word of ours",
    "rollup.span": "a word of ours",
    "rollup.metric": "a word of ours",
    "rollup.step_key": "the sequence's, which bears the mark",
    "rollup.variant": "the sequence's, which bears the mark",
    "milestone.whose": "an id",
    "milestone.kind": "a word of ours",
    "milestone.step_key": "the sequence's, which bears the mark",
    "milestone.variant": "the sequence's, which bears the mark",
    "measured.timezone": "a zone",
    "external_figure.metric": "a word of small letters",
    "external_figure.dim": "a word of ours",
}
