"""Doing a thing once under its key, however often it is asked for: effect and answer are one commit."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from rapport.http import idempotency
from rapport.http.context import Service
from rapport.http.errors import refuse
from rapport.http.idempotency import Once
from rapport.http.transaction import transaction
from rapport.kernel.errors import RapportError
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Tx


def answered(service: Service, principal: Principal, once: Once | None, act: Callable[[Tx], Response]) -> Response:
    """The answer of an act in a transaction of its own, or the first one that its key had."""
    try:
        with transaction(service, principal) as tx:
            if once is not None:
                first = idempotency.recall(tx, once, service.keys)
                if first is not None:
                    return first
            answer = act(tx)
            if once is not None:
                idempotency.remember(tx, once, answer, service.keys)
    except RapportError as refusal:
        answer = refuse(refusal)
        if once is not None and answer.status_code < 500 and not idempotency.passing(refusal):
            with transaction(service, principal) as tx:
                if idempotency.recall(tx, once, service.keys) is None:
                    idempotency.remember(tx, once, answer, service.keys)
    return answer
