"""Settings: each wrong value is one line that says which, and secrets are never said back."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from rapport.kernel.settings import Settings, SettingsError, described, read_settings

ROOT = Path(__file__).parents[2]
WRONG: dict[str, list[str]] = {
    "RAPPORT_ENV": ["prod", "staging"],
    "RAPPORT_SPEED": ["0.5", "10001", "fast"],
    "RAPPORT_SPEED_SINCE": ["noon", "2026-03-02T12:00:00"],
    "SENDER_THREADS": ["-1", "65"],
    "ACTION_LEASE_SECONDS": ["0.4", "3601"],
    "STALE_INVITE_DAYS": ["0", "366"],
    "UNIPILE_LIST_LAG_SECONDS": ["-1", "86401"],
    "REPLY_LOOKBACK_DAYS": ["0", "100000"],
    "REPLY_SILENT_MINUTES": ["-1", "100000000"],
    "REPLY_POLL_MINUTES": ["0", "100000000"],
    "PORT": ["0", "65536", "-1", "abc", "80.0", "8000 ; ls", "1e3", "0x50"],
    "DATABASE_URL": ["mysql://x/y", "postgres", "sqlite:", "postgresql://h:port/x", "http://x"],
    "REDIS_URL": ["localhost:6379", "http://localhost", "redis:"],
    "SECRET_KEY": ["short", "x" * 31],
    "METRICS_TOKEN": ["short"],
    "DB_POOL_SIZE": ["0", "201", "many"],
    "DB_WAIT_SECONDS": ["0", "121", "nan", "inf", "soon"],
    "WEB_WORKERS": ["0", "65"],
    "WEB_THREADS": ["0", "65"],
    "BACKGROUND": ["maybe", "2", "on!"],
    "WEEKLY_REPORTS_ENABLED": ["weekly", "2"],
    "JOB_THREADS": ["0"],
    "JOB_LEASE_SECONDS": ["0.4", "3601", "-inf"],
    "JOB_SWEEP_SECONDS": ["0", "601"],
    "JOB_ARCHIVE_DAYS": ["0"],
    "ACCESS_TOKEN_MINUTES": ["0", "1441"],
    "REFRESH_TOKEN_DAYS": ["0", "366"],
    "AUTH_CACHE_SECONDS": ["-1", "31"],
    "MAX_BODY_BYTES": ["1023", "1073741825"],
    "HEAD_SECONDS": ["0", "301"],
    "BODY_SECONDS": ["0", "3601"],
    "UPLOAD_SECONDS": ["0", "86401"],
    "RATE_LIMIT_PER_MINUTE": ["0"],
    "LOGIN_LIMIT_PER_MINUTE": ["0"],
    "CORS_ORIGINS": ["*", "example.com", "https://a.example, ftp://b.example"],
    "TRUSTED_PROXIES": ["-1", "11"],
    "CACHE_SECONDS": ["-1", "86401"],
    "CACHE_ENTRIES": ["-1"],
    "LOG_LEVEL": ["verbose"],
    "IMPORT_FILE_DAYS": ["0", "366"],
    "SANDBOX_PORT": ["0", "65536"],
    "UNIPILE_BASE_URL": ["api.unipile.example", "ftp://x", "https://user@api.example", "https://api.example?key=1"],
    "UNIPILE_API_KEY": ["two words", "schlüssel"],
    "UNIPILE_CONNECT_SECONDS": ["0", "31", "nan"],
    "UNIPILE_CALL_SECONDS": ["0", "31", "soon"],
    "UNIPILE_CAN_FOLLOW": ["maybe"],
    "PUBLIC_URL": ["rapport.example", "ftp://x", "https://user@rapport.example", "https://rapport.example?a=1"],
    "UNIPILE_WEBHOOK_HEADER": ["two words", "-x", "naïve"],
    "UNIPILE_WEBHOOK_SECRET": ["short", "two words and some more"],
    "UNIPILE_WEBHOOK_SECRET_OLD": ["short"],
    "UNIPILE_WEBHOOK_SIGNING_KEY": ["short", "x" * 31],
    "UNIPILE_WEBHOOK_SIGNING_KEY_OLD": ["short"],
    "WEBHOOK_BODY_DAYS": ["0", "3651"],
    "WEBHOOK_SILENCE_MINUTES": ["0", "10001"],
    "DELIVERY_THREADS": ["-1", "65"],
    "DELIVERY_CALL_SECONDS": ["0", "31"],
    "DELIVERY_CONNECT_SECONDS": ["0", "31"],
    "DELIVERY_LEASE_SECONDS": ["0.4", "3601"],
    "ALLOW_INSECURE_WEBHOOKS": ["maybe"],
    "WEBHOOK_NETWORKS": ["everywhere", "10.0.0.0/33", "10.1.2.3/8"],
    "RESEND_API_URL": ["api.resend.example", "ftp://x"],
    "RESEND_API_KEY": ["two words", "schlüssel"],
    "RESEND_PER_SECOND": ["0", "1001"],
    "RESEND_WEBHOOK_SECRET": ["short", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all"],
    "MAIL_FROM": ["nobody", "a@b.example\nBcc: c@d.example"],
    "TELEGRAM_API_URL": ["api.telegram.example"],
    "HUBSPOT_API_URL": ["api.hubapi.example"],
    "PIPEDRIVE_API_URL": ["acme.pipedrive.example"],
    "SALESFORCE_LOGIN_URL": ["login.salesforce.example"],
    "FEATURES_OFF": ["Notices", "notices webhooks"],
    "CAPTURE_PER_ADDRESS": ["0", "1000001"],
    "CAPTURE_PER_FORM": ["0", "1000001"],
    "CAPTURE_CONTACT_FORM": ["contact", "cf_short", "cf_with spaces in it"],
    "CAPTURE_CHATBOT_FORM": ["cf_"],
    "CAPTURE_INQUIRY_FORM": ["https://x"],
    "LIVE_STREAMS": ["-1", "10001"],
    "LIVE_REPLAY": ["0", "100001"],
    "LIVE_BEAT_SECONDS": ["0", "61"],
}
ANY_TEXT = {"RAPPORT_HOME", "HOST", "RAPPORT_DEMO_PASSWORD"}
SECRETS = {each.name.upper() for each in fields(Settings) if each.metadata["secret"]}


def test_every_setting_has_a_wrong_value_here_or_takes_any_text():
    assert {each.name.upper() for each in fields(Settings)} == set(WRONG) | ANY_TEXT


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_one_line_that_names_it(name, value):
    with pytest.raises(SettingsError) as refused:
        read_settings({name: value}, None)

    assert len(refused.value.problems) == 1
    line = refused.value.problems[0]
    assert line.startswith(f"{name} is ")
    assert "must be" in line
    assert "\n" not in line
    assert (repr(value) in line) == (name not in SECRETS)


def test_all_wrong_values_are_named_at_once():
    with pytest.raises(SettingsError) as refused:
        read_settings({name: values[0] for name, values in WRONG.items()}, None)

    assert len(refused.value.problems) == len(WRONG)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"WEB_WORKERS": "2"}, "WEB_WORKERS"),
        ({"UNIPILE_API_KEY": "k"}, "UNIPILE_BASE_URL"),
        ({"UNIPILE_BASE_URL": "https://u.example"}, "UNIPILE_API_KEY"),
        ({"RAPPORT_ENV": "production"}, "SECRET_KEY"),
        (
            {"RAPPORT_ENV": "production", "SECRET_KEY": "x" * 32, "RAPPORT_DEMO_PASSWORD": "demo"},
            "RAPPORT_DEMO_PASSWORD",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(given, named):
    with pytest.raises(SettingsError, match=named):
        read_settings(given, None)


def test_the_environment_wins_over_the_file_and_an_empty_value_is_none(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# ours\nexport PORT=9000\nHOST='0.0.0.0'\nLOG_LEVEL=\"debug\"\n\nCACHE_SECONDS=\n")

    settings = read_settings({"PORT": "9001", "JOB_THREADS": " "}, file)

    assert (settings.port, settings.host, settings.log_level) == (9001, "0.0.0.0", "debug")
    assert (settings.cache_seconds, settings.job_threads) == (300, 2)


@pytest.mark.parametrize("content", [b"PORT\n", b"= 1\n", b"A B=1\n", b"\xff\xfe=1\n"])
def test_a_file_that_is_none_of_settings_is_named(tmp_path, content):
    (tmp_path / ".env").write_bytes(content)

    with pytest.raises(SettingsError) as refused:
        read_settings({}, tmp_path / ".env")
    assert ".env" in refused.value.problems[0]


def test_no_dump_of_the_settings_shows_a_secret():
    given = {name: f"canary-{name.lower()}-{'x' * 32}" for name in SECRETS - {"DATABASE_URL", "REDIS_URL"}}
    given |= {
        "DATABASE_URL": "postgresql://u:canary-password@h/d",
        "REDIS_URL": "redis://:canary-password@h",
        "UNIPILE_BASE_URL": "https://u.example",
        "RESEND_WEBHOOK_SECRET": f"whsec_{'canary' * 4}",
    }
    settings = read_settings(given, None)

    assert settings.secret_key.startswith("canary")
    for dump in (repr(settings), str(settings), f"{settings}", repr(described()), repr({"settings": settings})):
        assert "canary" not in dump
    assert "access_token_minutes=15" in repr(settings)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rapport", *arguments],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=environment.get("RAPPORT_HOME") if Path(environment.get("RAPPORT_HOME", "")).is_dir() else "/",
    )


def test_the_command_ends_with_2_and_a_line_for_each_wrong_value(tmp_path):
    ended = run("serve", RAPPORT_HOME=str(tmp_path), PORT="abc", SECRET_KEY="hunter2hunter2")

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        "rapport: PORT is 'abc', but must be a whole number from 1 to 65535.",
        "rapport: SECRET_KEY is a value that is not shown, but must be at least 32 characters.",
    ]


def test_a_home_that_cannot_be_is_a_line_and_not_a_traceback(tmp_path):
    (tmp_path / "file").write_text("in the way")

    ended = run("migrate", RAPPORT_HOME=str(tmp_path / "file"))

    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "RAPPORT_HOME" in ended.stderr


def test_a_database_that_cannot_be_reached_is_a_line_and_not_a_traceback(tmp_path):
    ended = run(
        "migrate", RAPPORT_HOME=str(tmp_path), DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/d", DB_WAIT_SECONDS="1"
    )

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "The database d at 127.0.0.1:1 (DATABASE_URL) does not answer." in ended.stderr
    assert "hunter2" not in ended.stderr
