"""What runs by itself: the types of jobs, and who reads the event log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from rapport.accounts import tasks as account_tasks
from rapport.admin.database.wiring import watched
from rapport.alerts import tasks as alert_tasks
from rapport.analytics import tasks as analytics_tasks
from rapport.broadcasts import tasks as broadcast_tasks
from rapport.broker import tasks as broker_tasks
from rapport.capture import tasks as capture_tasks
from rapport.conversations import record
from rapport.conversations import tasks as conversation_tasks
from rapport.crm import tasks as crm_tasks
from rapport.enrichment import tasks as enrichment_tasks
from rapport.enrollments import tasks as enrollment_tasks
from rapport.events.consumers import Consumer
from rapport.http.idempotency import purge
from rapport.inbox import tasks as inbox_tasks
from rapport.jobs import tasks as job_tasks
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.chance import Chance
from rapport.kernel.crypto import Keys
from rapport.kernel.metrics import Metrics
from rapport.kernel.settings import Settings
from rapport.kernel.tx import Tx
from rapport.kernel.watching import Watch
from rapport.leads import tasks as lead_tasks
from rapport.leads.importing import tasks as import_tasks
from rapport.notices import tasks as notice_tasks
from rapport.notices.telling import Terms as NoticeTerms
from rapport.offerings import tasks as offering_tasks
from rapport.outbox import tasks as outbox_tasks
from rapport.people import tasks as people_tasks
from rapport.ports.carriers import Carrier
from rapport.ports.crm import Crms
from rapport.ports.unipile import Unipile
from rapport.replies import tasks as reply_tasks
from rapport.reports import tasks as report_tasks
from rapport.reports.send import Terms as ReportTerms
from rapport.rules.occurrences import Every
from rapport.scoring import tasks as scoring_tasks
from rapport.sending import tasks as sending_tasks
from rapport.webhooks import tasks as webhook_tasks
from rapport.webhooks.hygiene import Hygiene


def job_types(
    settings: Settings,
    *,
    engine: Engine,
    watch: Watch,
    metrics: Metrics,
    keys: Keys,
    chance: Chance,
    unipile: Unipile,
    crms: Crms,
    mail: Carrier | None,
    fetch_mail: JobType,
    processing: JobType,
    hygiene: Hygiene,
) -> list[JobType]:
    """Every kind of work that the service does by itself or for whoever asks."""
    return [
        *job_tasks.types(archive_days=settings.job_archive_days),
        *people_tasks.TYPES,
        *account_tasks.types(unipile),
        *import_tasks.types(unipile, home=settings.home, file_days=settings.import_file_days),
        *lead_tasks.TYPES,
        *enrollment_tasks.types(chance),
        *reply_tasks.types(
            unipile,
            reply_tasks.Terms(
                silent=timedelta(minutes=settings.reply_silent_minutes),
                every=timedelta(minutes=settings.reply_poll_minutes),
                lookback=timedelta(days=settings.reply_lookback_days),
                patience=timedelta(minutes=settings.webhook_silence_minutes),
            ),
        ),
        conversation_tasks.CHECK_COUNTS,
        *sending_tasks.types(stale_days=settings.stale_invite_days),
        *webhook_tasks.types(processing, body_days=settings.webhook_body_days),
        webhook_tasks.hygiene(hygiene),
        *(offering_tasks.LINK_AGAIN, scoring_tasks.SCORE_ALL, broker_tasks.WAIT_NO_LONGER),
        fetch_mail,
        enrichment_tasks.enrich(unipile),
        *analytics_tasks.types(chance),
        *watched(engine, watch, metrics.registry),
        outbox_tasks.renewing(keys),
        *crm_tasks.types(crms, keys, off=settings.off),
        *alert_tasks.types(settings.mail_from),
        *broadcast_tasks.types(mail, keys, settings),
        _PURGE_KEYS,
    ]


def consumers(settings: Settings, *, keys: Keys, notices: NoticeTerms, reports: ReportTerms) -> tuple[Consumer, ...]:
    """Whoever acts on what happened, in the order in which each batch is handed on."""
    return (
        *(account_tasks.CHECKER, import_tasks.CONSUMER),
        *_in_turn(enrollment_tasks.FOLLOWER, conversation_tasks.FOLLOWER),
        *_in_turn(reply_tasks.LEARNER, sending_tasks.FORGETTER),
        # The scorer before waits and notices, which ask how warm somebody is.
        *_in_turn(scoring_tasks.SCORER, inbox_tasks.WAITER, inbox_tasks.DEALER, inbox_tasks.FOLLOWER),
        outbox_tasks.consumer(off=settings.off),
        notice_tasks.consumer(notices),
        *_in_turn(offering_tasks.LINKER, capture_tasks.FOLLOWER),
        *_in_turn(broker_tasks.carrier(keys, sender=settings.mail_from), enrichment_tasks.FORGETTER),
        *(analytics_tasks.CONSUMER, report_tasks.consumer(reports)),
        *(crm_tasks.FOLLOWER, broadcast_tasks.FOLLOWER),
    )


def _in_turn(*consumers: Consumer) -> Iterator[Consumer]:
    """Those that touch rows of people: a batch is about many, so it has the turn of the client's messages before, and
    is small, for whoever sends or hears waits for its end.
    """
    return (replace(each, before=record.turn, batch=_IN_ONE_TURN) for each in consumers)


_IN_ONE_TURN = 25


def _purge_keys(tx: Tx, _job: Job) -> dict[str, Any]:
    return {"deleted": purge(tx)}


_PURGE_KEYS = JobType(
    "http.purge_idempotency_keys",
    "Deletes the answers kept for Idempotency-Keys that are older than 24 hours.",
    handler=_purge_keys,
    on_request=True,
    agency=True,
    every=Every(timedelta(hours=1), offset=timedelta(minutes=5)),
)
