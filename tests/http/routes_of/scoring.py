"""The routes of scores."""

from __future__ import annotations

from rapport.people.models import Client
from tests.http.routes_of.row import V1, Row
from tests.stage import Stage

ROUTES: dict[str, Row] = {
    f"GET {V1}/lead-scores": Row("read"),
    f"GET {V1}/leads/<id:lead_id>/score": Row("read"),
    f"POST {V1}/leads/<id:lead_id>/score": Row("write"),
    f"PUT {V1}/leads/<id:lead_id>/temperature": Row("write", body={"temperature": "hot"}),
    f"GET {V1}/scoring/terms": Row("read", query={"client_id": "<client_id>"}),
    f"PUT {V1}/scoring/terms": Row("write", body={"client_id": "<client_id>", "titles": ["Engineer"]}),
}
NO_CANARY = {
    "lead_score.parts": "words of ours and numbers",
    "lead_score.temperature": "a word of ours",
    "lead_score.because": "a word of ours",
    "lead_score.sign": "a word of ours",
    "lead_score.sign_temperature": "a word of ours",
    "lead_score.word": "a word of ours",
    "lead_score.word_by": "an id",
    "scoring_terms.seniorities": "words of ours",
}


def fill(stage: Stage, client: Client, mark: str) -> None:
    """Whom the client looks for, with the mark in every text, and a lead that is scored by it."""
    from rapport.scoring import keeping

    lead_id = stage.lead(f"{mark} Scored", of=client)
    names = ("titles", "industries", "company_sizes", "countries", "regions", "languages")
    with stage.tx() as tx:
        terms = {name: [f"{mark} {name}"] for name in names}
        keeping.look_for(tx, client.id, {**terms, "seniorities": [], "hot_from": 70, "warm_from": 40})
        keeping.look(tx, client.id, [lead_id])
