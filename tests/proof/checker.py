"""Judge a run by the ten laws: `python tests/proof/checker.py --ledger ledger.jsonl --dump dump.jsonl`.

Standard library only, and nothing of the product or its sandbox. The judge joins two files of JSON lines.

The **ledger** is what arrived outside: one line a request, written by the sandbox before it answered,
`{n, service, request_id, at, account, person, kind, body, effect, status, …}`, and lines for what the
sandbox's people did and what it posted to the product.

The **dump** is what the product kept: `{"table": "action", "id": …, …}` for client, account, campaign, lead,
step, enrollment, action, usage, event, webhook_delivery, message and one `meta` row.

An optional **plan** has rows like the dump's. What it says replaces what the product says of itself: limits,
hours and counts as the proof asked for them, so that a product cannot be judged by rules it bent.

docs/proof-inputs.md defines every field. Instants are unix seconds or ISO 8601 with an offset.

Exit code 0: every law holds. 1: a law is broken. 2: the files are no evidence, or a law could not be judged.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from judge.court import judge
from judge.history import NotEvidence, read
from judge.verdict import LAWS, Finding


def main(arguments: list[str]) -> int:
    """Print the verdict; answer the exit code."""
    options = _options(arguments)
    try:
        history = read(options.ledger, options.dump, options.plan)
        findings = judge(history)
    except (NotEvidence, OSError) as fault:
        sys.stdout.write(f"NO EVIDENCE: {fault}\n")
        return 2
    except (KeyError, TypeError, ValueError) as fault:
        sys.stdout.write(f"NO EVIDENCE: a field is missing or not of its type: {fault!r}\n")
        return 2
    seen = len(history.effects)
    if seen < options.at_least:
        history.notes.append(f"{seen} effects prove nothing: {options.at_least} were asked for")
    repeat = options.repeat or shlex.join([sys.executable, __file__, *arguments])
    if options.json:
        sys.stdout.write(json.dumps(_as_json(findings, history.notes, repeat)) + "\n")
    else:
        sys.stdout.write(_as_text(findings, history.notes, repeat, options.examples))
    if any(finding.violations for finding in findings):
        return 1
    return 2 if seen < options.at_least or any(_is_open(finding) for finding in findings) else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Judge a run by the ten laws.")
    parser.add_argument("--ledger", type=Path, required=True, help="what arrived outside")
    parser.add_argument("--dump", type=Path, required=True, help="what the product kept")
    parser.add_argument("--plan", type=Path, help="what the proof asked for")
    parser.add_argument("--at-least", type=int, default=1, help="fewer effects than this prove nothing")
    parser.add_argument("--examples", type=int, default=3, help="violations shown for each law")
    parser.add_argument("--repeat", help="the command that repeats the run, for the failure text")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    return parser.parse_args(arguments)


def _is_open(finding: Finding) -> bool:
    return any(note.startswith("not judged") for note in finding.notes)


def _as_text(findings: list[Finding], notes: list[str], repeat: str, examples: int) -> str:
    lines = [f"note: {note}" for note in notes]
    for finding in findings:
        count = len(finding.violations)
        verdict = f"BROKEN {count} times" if count else "open" if _is_open(finding) else "holds"
        lines.append(f"{finding.law:>3} {verdict}: {LAWS[finding.law]} ({finding.examined} {finding.of} examined)")
        lines += [f"      {note}" for note in finding.notes]
        for violation in finding.violations[:examples]:
            lines.append(f"    - {violation.says}")
            lines += [f"        {json.dumps(row, ensure_ascii=False)}" for row in violation.evidence]
        if count > examples:
            lines.append(f"    … and {count - examples} more")
    if any(finding.violations for finding in findings):
        lines.append(f"repeat: {repeat}")
    return "\n".join(lines) + "\n"


def _as_json(findings: list[Finding], notes: list[str], repeat: str) -> dict[str, object]:
    laws = {
        finding.law: {
            "says": LAWS[finding.law],
            "examined": finding.examined,
            "violations": [
                {"says": violation.says, "evidence": list(violation.evidence)} for violation in finding.violations
            ],
            "notes": finding.notes,
        }
        for finding in findings
    }
    return {"laws": laws, "notes": notes, "repeat": repeat}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
