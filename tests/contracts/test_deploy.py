"""What is ready-made for running Rapport says nothing that Rapport does not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from rapport import cli
from rapport.kernel.settings import described

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KNOWN = {name for name, *_ in described()}
NOT_OURS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}


def names(text: str) -> set[str]:
    """The names that are set in a file of environment."""
    return {line.partition("=")[0] for line in text.splitlines() if "=" in line and not line.startswith("#")}


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_what_is_set_is_a_setting():
    units = [path.read_text() for path in (DEPLOY / "systemd").glob("*.service")]
    assert len(units) == 2
    in_units = {
        name
        for text in units
        for line in re.findall(r"^Environment=(.*)$", text, re.MULTILINE)
        for name in line.split()
    }
    in_services = {name for service in compose()["services"].values() for name in service.get("environment", {})}
    in_image = set(re.findall(r"\b([A-Z][A-Z_]+)=", (DEPLOY / "Containerfile").read_text()))
    found = names((DEPLOY / "rapport.env.example").read_text()) | {each.partition("=")[0] for each in in_units}

    assert found | in_services | in_image <= KNOWN | NOT_OURS


@pytest.mark.parametrize("role", ["serve", "worker", "migrate"])
def test_each_role_is_a_command(role, capsys):
    said = [line for path in DEPLOY.rglob("*") if path.is_file() for line in path.read_text().splitlines()]

    assert any(re.search(rf'rapport"?,? "?{role}\b', line) for line in said)
    with pytest.raises(SystemExit) as ended:
        cli.main([role, "--help"])
    assert ended.value.code == 0


def test_every_service_waits_for_the_migration_and_every_file_it_names_is_there():
    services = compose()["services"]

    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert services[name]["deploy"]["replicas"] == 3
    for source in re.findall(r"^COPY (?:--\S+ )?(\S+) ", (DEPLOY / "Containerfile").read_text(), re.MULTILINE):
        assert (ROOT / source).exists(), source
    assert (DEPLOY / "nginx.conf").exists()


def test_the_proxy_buffers_no_stream_and_sends_no_post_twice():
    text = (DEPLOY / "nginx.conf").read_text()
    streams = re.search(r"location ~ (\S+) \{\n.*\n\s+proxy_buffering off;", text)

    paths = yaml.safe_load((ROOT / "openapi" / "openapi.yaml").read_text())["paths"]
    live = [path for path in paths if path.endswith("/stream")]
    assert len(live) >= 2
    assert all(re.search(streams.group(1), path.replace("{conversation_id}", "x")) for path in live)
    assert "non_idempotent" not in text
