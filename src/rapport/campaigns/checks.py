"""Everything that keeps a campaign from running, found at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rapport.accounts import hours
from rapport.campaigns import findings, queries, schedule, survey
from rapport.campaigns.findings import CampaignProblem, Finding
from rapport.campaigns.queries import Enrolled
from rapport.campaigns.survey import Concerned, Survey
from rapport.kernel.tx import Reading
from rapport.rules.sequence_problems import Problem, ProblemCode, problems
from rapport.rules.sequences import Sequence
from rapport.rules.template import LONGEST_SUBJECT


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found about the texts of a sequence for an audience."""

    sequence: Sequence
    about: Survey


def look(reading: Reading, campaign: Mapping[str, Any], enrolled: Enrolled) -> Looked:
    """What becomes of a campaign's texts for its leads. It takes seconds for a hundred thousand of them."""
    sequence = queries.sequence(reading, campaign["id"])
    audience = enrolled.on_their_way(reading.scope, campaign["id"])
    return Looked(sequence, survey.survey(sequence, queries.leads(reading, campaign["client_id"], audience)))


def of_campaign(
    reading: Reading, campaign: Mapping[str, Any], enrolled: Enrolled, *, looked: Looked | None = None
) -> list[Finding]:
    """Everything that is wrong with a campaign, its senders, its working time and its sequence for its leads.

    Whoever is about to write has `looked` before, so that nobody waits for it. Unless the sequence has been written
    since, that holds: leads who came or changed meanwhile are held one by one when their text cannot be made.
    """
    sequence = queries.sequence(reading, campaign["id"])
    if looked is None or looked.sequence != sequence:
        looked = look(reading, campaign, enrolled)
    about = looked.about
    senders = queries.senders(reading, campaign["id"])
    found = [*_senders(senders), *of_schedule(campaign, reading)]
    if senders:
        found += _without_sender(reading, campaign, enrolled)
    found += of_sequence(sequence, about)
    if about.leads == 0:
        found.append(findings.of(CampaignProblem.NO_LEADS))
    return found


def of_sequence(sequence: Sequence, about: Survey) -> list[Finding]:
    """Everything that is wrong with a sequence for the leads of a survey.

    A sequence for people who are connected already says so by a wait for `connected` before its first message.
    """
    found = [_explained(problem, about) for problem in problems(sequence, all_connected=False, render=about.rendered)]
    return found + list(_long_subjects(sequence, about))


def _explained(problem: Problem, about: Survey) -> Finding:
    """A problem of the rules with its places in the text, or some of the leads it concerns."""
    wording = about.wordings.get((str(problem.step), str(problem.details.get("variant"))))
    if wording is None:
        return findings.by_rule(problem)
    if problem.code is ProblemCode.TEXT_BROKEN:
        places = [
            {"field": each.field, "line": place.line, "column": place.column, "sentence": place.sentence}
            for each in wording.broken
            for place in each.problems
        ]
        return findings.by_rule(problem, places=places)
    if problem.code is ProblemCode.VARIABLE_MISSING:
        concerned = wording.missing[str(problem.details["variable"])]
    elif problem.code is ProblemCode.TEXT_TOO_LONG:
        concerned = wording.too_long["body"]
    else:
        concerned = Concerned()
    return findings.by_rule(problem, leads=concerned.sample)


def _long_subjects(sequence: Sequence, about: Survey) -> Iterator[Finding]:
    for step, variant in survey.wordings(sequence):
        concerned = about.wordings[step.key, variant.key].too_long.get("subject")
        if concerned is not None:
            yield findings.of(
                CampaignProblem.SUBJECT_TOO_LONG,
                step=step.key,
                variant=variant.key,
                leads=concerned.sample,
                length=concerned.longest,
                count=concerned.count,
                most=LONGEST_SUBJECT[step.kind],
            )


def _senders(senders: list[dict[str, Any]]) -> Iterator[Finding]:
    if not senders:
        yield findings.of(CampaignProblem.NO_SENDER)
    for sender in senders:
        known = {"account_id": sender["account_id"], "name": sender["name"]}
        if sender["status"] != queries.READY:
            yield findings.of(CampaignProblem.SENDER_NOT_OK, status=sender["status"], **known)
        if sender["paused_at"] is not None:
            yield findings.of(CampaignProblem.SENDER_PAUSED, **known)


def _without_sender(reading: Reading, campaign: Mapping[str, Any], enrolled: Enrolled) -> Iterator[Finding]:
    """Those whom an account keeps that does not send here: they wait, and an operator should know before."""
    audience = enrolled.without_sender(reading.scope, campaign["id"])
    count, some = queries.concerned(reading, campaign["client_id"], audience, sample=survey.SAMPLE)
    if count:
        leads = [survey.known(lead) for lead in some]
        yield findings.of(CampaignProblem.LEADS_WITHOUT_SENDER, leads=leads, count=count)


def of_schedule(campaign: Mapping[str, Any], reading: Reading) -> Iterator[Finding]:
    """What is wrong with a campaign's working time at this moment."""
    _, ends_at = schedule.dates(campaign)
    if ends_at is not None and ends_at <= reading.now:
        yield findings.of(CampaignProblem.DATES_OVER, ends_on=campaign["ends_on"].isoformat())
    elif next(schedule.openings(campaign, after=reading.now), None) is None:
        yield findings.of(CampaignProblem.NEVER_OPENS)
    else:
        yield from _of_hours(campaign, reading)


def _of_hours(campaign: Mapping[str, Any], reading: Reading) -> Iterator[Finding]:
    """The senders that never work while the campaign does."""
    working = schedule.of(campaign, reading.now)
    for sender in queries.with_hours(reading, campaign["id"]):
        if working.narrowed_to(hours.of(sender)).next_opening(reading.now) is None:
            yield findings.of(CampaignProblem.HOURS_NEVER_MEET, account_id=sender["id"], name=sender["name"])
