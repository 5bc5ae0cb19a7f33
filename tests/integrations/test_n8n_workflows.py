"""The ready workflows for n8n: what can be known of them without n8n. `make n8n` runs them in a real one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / "integrations" / "n8n" / "workflows").glob("*.json"))
KINDS = {
    "scheduleTrigger": 1.2,
    "webhook": 2.1,
    "respondToWebhook": 1.4,
    "httpRequest": 4.2,
    "set": 3.4,
    "if": 2.2,
    "switch": 3.2,
    "code": 2,
    "crypto": 1,
    "splitOut": 1,
    "noOp": 1,
}
"""The nodes, in the versions that the pinned n8n has."""
CALLED = re.compile(r"/api/v1(/[^\s\"?]*)")
SECRET = re.compile(r"\b(rk_|whsec_|re_|Bearer )[A-Za-z0-9+/=_-]{6,}")


@pytest.fixture(scope="module")
def served():
    """Every path of the API, with one spelling for what stands in it."""
    named, path = set(), ""
    for line in (ROOT / "openapi" / "openapi.yaml").read_text().splitlines():  # YAML itself takes seconds
        if line.startswith("  /"):
            path = re.sub(r"{\w+}", "{}", line.strip(" :"))
        elif re.fullmatch(r"    (get|post|put|patch|delete):", line):
            named.add((path, line.strip(" :")))
    return named


def read(file):
    return json.loads(file.read_text())


def test_there_are_six_of_them_and_each_has_an_id_of_its_own():
    assert [file.stem for file in WORKFLOWS] == [
        *("channel-broker", "email-broadcast", "enrich-lead", "job-poller", "lead-created", "metrics-snapshot")
    ]
    assert len({read(file)["id"] for file in WORKFLOWS}) == 6


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_is_whole_calls_what_there_is_and_holds_no_secret(file, served):
    workflow = read(file)
    nodes = {node["name"]: node for node in workflow["nodes"]}
    assert len(nodes) == len(workflow["nodes"])
    assert workflow["active"] is False
    assert not SECRET.search(file.read_text())
    for node in nodes.values():
        kind = node["type"].removeprefix("n8n-nodes-base.")
        assert node["typeVersion"] == KINDS[kind], node["name"]
    reached = {each["node"] for outs in workflow["connections"].values() for out in outs["main"] for each in out}
    assert reached | set(workflow["connections"]) <= set(nodes)
    begin = {name for name, node in nodes.items() if "rigger" in node["type"] or node["type"].endswith(".webhook")}
    assert set(nodes) - reached == begin
    for name in set(re.findall(r"\$\('([^']+)'\)", file.read_text().replace("\\'", "'"))):
        assert name in nodes, name
    ours = [node for node in nodes.values() if "/api/v1" in str(node["parameters"].get("url"))]
    for node in ours:
        url = re.sub(r"{{.*?}}", "{}", node["parameters"]["url"])
        path = "/api/v1" + CALLED.search(url).group(1)
        assert (path, node["parameters"]["method"].lower()) in served, path
        assert node["credentials"]["httpHeaderAuth"]["name"] == "Rapport API key"


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_failure_has_a_way_out_and_an_answer_to_a_webhook_holds_nothing_up(file):
    workflow = read(file)
    nodes = {node["name"]: node for node in workflow["nodes"]}
    for name, node in nodes.items():
        outs = workflow["connections"].get(name, {"main": []})["main"]
        if node.get("onError") == "continueErrorOutput":
            assert len(outs) == 2, name
            assert all(outs), name
        if node["type"].endswith(".respondToWebhook"):
            assert not outs, f"{name} is followed by something that waits for it"
