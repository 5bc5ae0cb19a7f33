"""Which wording of a step a lead gets: drawn once by weight, and kept.

Example: with A at weight 3 and B at weight 1, three leads in four get A, and a lead that got A keeps it when the
weights change.
"""

from __future__ import annotations

from rapport.rules.draws import fraction
from rapport.rules.facts import CampaignFacts, EnrollmentFacts
from rapport.rules.sequences import Step, Variant


def of(step: Step, *, enrollment: EnrollmentFacts, campaign: CampaignFacts) -> str | None:
    """The key of the variant: the one the lead has if the step still offers it, or the drawn one."""
    if not step.variants:
        return None
    kept = enrollment.variants.get(step.key)
    if kept is not None and any(variant.key == kept for variant in step.variants):
        return kept
    return drawn(step.variants, fraction(campaign.seed, "variant", enrollment.id, step.key)).key


def drawn(variants: tuple[Variant, ...], at: float) -> Variant:
    """The variant that lies at a fraction of all weights; with no weight at all, each is as likely."""
    weights = [max(0, variant.weight) for variant in variants]
    if not any(weights):
        weights = [1] * len(variants)
    left = at * sum(weights)
    for variant, weight in zip(variants, weights, strict=True):
        left -= weight
        if left < 0:
            return variant
    return variants[-1]
