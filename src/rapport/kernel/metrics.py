"""Numbers for Prometheus. One registry per service, so that two services in one test do not share a count."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The numbers the ground floor keeps; rooms above add theirs to the registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "rapport_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.request_seconds = Histogram(
            "rapport_http_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.jobs = Counter("rapport_jobs", "Job attempts ended.", ["type", "outcome"], registry=self.registry)
        self.job_seconds = Histogram(
            "rapport_job_seconds", "Time of one attempt.", ["type"], buckets=_SECONDS, registry=self.registry
        )
        self.loop_turns = Counter(
            "rapport_loop_turns", "Turns of the background loops.", ["loop", "outcome"], registry=self.registry
        )
        self.loop_last = Gauge(
            "rapport_loop_last_turn_seconds", "Unix time of a loop's last turn.", ["loop"], registry=self.registry
        )
        self.cache = Counter("rapport_cache", "Answers from the cache.", ["outcome"], registry=self.registry)
        self.refusals = Counter(
            "rapport_refusals", "Requests refused, by error code.", ["code"], registry=self.registry
        )
