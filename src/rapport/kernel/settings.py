"""Every setting, read once from the environment or `.env`, checked before anything starts.

A wrong value is one line that says which, what it was, and what would do. The table of settings in the
documentation is made from this class.
"""

from __future__ import annotations

import base64
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """One or more settings are wrong; each line names one."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"-?\d{1,12}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"a number from {low} to {high}")
        return value

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(" or ".join(words))
        return text.lower()

    return read


def _yes_or_no(text: str) -> bool:
    return _one_of("true", "false", "1", "0", "yes", "no")(text) in ("true", "1", "yes")


def _address(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        wanted = "an address that begins with " + " or ".join(f"{scheme}://" for scheme in schemes)
        try:
            parts = urlsplit(text)
            usable = parts.scheme in schemes and bool(parts.netloc or parts.path) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(wanted)
        return text

    return read


def _database(text: str) -> str:
    read = _address("sqlite", "postgresql", "postgres", "postgresql+psycopg")(text)
    return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", read)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError("an ISO 8601 instant with its offset from UTC")
    return instant


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("at least 32 characters")
    return text


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("networks such as 10.1.0.0/16, separated by commas") from None


def _words(text: str) -> tuple[str, ...]:
    words = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", word) for word in words):
        raise ValueError("names of small letters, digits and underscores, separated by commas")
    return words


def _one_line(text: str) -> str:
    if not text.isprintable() or "@" not in text:
        raise ValueError("an email address, with a name before it or without")
    return text


def _origins(text: str) -> tuple[str, ...]:
    return tuple(_address("http", "https")(part.strip()).rstrip("/") for part in text.split(",") if part.strip())


def _service_address(text: str) -> str:
    """An address to call with a key of ours: what is not scheme, host, port and path could carry it elsewhere."""
    parts = urlsplit(_address("http", "https")(text))
    if not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("an address of scheme, host, port and path, without user, query or fragment")
    return text


def _header_word(text: str) -> str:
    if not all("!" <= letter <= "~" for letter in text):
        raise ValueError("printable ASCII characters without spaces, for it is sent in a header")
    return text


def _header_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,60}", text):
        raise ValueError("the name of a header: letters, digits and hyphens")
    return text


def _shared_secret(text: str) -> str:
    if len(_header_word(text)) < 16:
        raise ValueError("at least 16 characters")
    return text


def _webhook_secret(text: str) -> str:
    try:
        usable = text.startswith("whsec_") and len(base64.b64decode(text[6:], validate=True)) >= 16
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("a secret that begins with whsec_")
    return text


def _form_key(text: str) -> str:
    if not re.fullmatch(r"cf_[A-Za-z0-9_-]{10,36}", text):
        raise ValueError("the key of a form, which begins with cf_")
    return text


def _text(text: str) -> str:
    return text


def _setting(read: Callable[[str], object], default: object, help_text: str, *, secret: bool = False) -> object:
    return field(default=default, repr=not secret, metadata={"read": read, "help": help_text, "secret": secret})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service was told. Field names are the environment's names in lower case."""

    rapport_home: Path = _setting(Path, Path("var"), "Folder that holds everything the service writes.")  # type: ignore[assignment]
    rapport_env: str = _setting(
        _one_of("development", "production"), "development", "`production` refuses unsafe defaults."
    )  # type: ignore[assignment]
    rapport_speed: float = _setting(
        _number(1, 10_000), 1, "How many times faster than real time the service lives; for demos only."
    )  # type: ignore[assignment]
    rapport_speed_since: datetime | None = _setting(
        _instant, None, "When the fast clock began; processes of one service need the same. Empty means at its start."
    )  # type: ignore[assignment]
    host: str = _setting(_text, "127.0.0.1", "Address to listen on.")  # type: ignore[assignment]
    port: int = _setting(_whole(1, 65535), 8000, "Port to listen on.")  # type: ignore[assignment]
    database_url: str = _setting(_database, "", "Database; empty means SQLite in RAPPORT_HOME.", secret=True)  # type: ignore[assignment]
    redis_url: str = _setting(
        _address("redis", "rediss", "unix"), "", "Redis for cache and rate limits; empty means memory.", secret=True
    )  # type: ignore[assignment]
    secret_key: str = _setting(
        _secret, "", "Root of all keys; empty means one made and kept in RAPPORT_HOME.", secret=True
    )  # type: ignore[assignment]
    secret_key_old: str = _setting(
        _secret,
        "",
        "The root before: what it sealed opens until the job `outbox.renew_seals` is done.",
        secret=True,
    )  # type: ignore[assignment]
    rapport_demo_password: str = _setting(
        _text, "", "Password of the demo users; empty means one made and printed.", secret=True
    )  # type: ignore[assignment]
    db_pool_size: int = _setting(_whole(1, 200), 12, "Database connections kept per process.")  # type: ignore[assignment]
    db_slow_seconds: float = _setting(
        _number(0.001, 60), 0.2, "From how long on a statement is noted as slow, for `/admin/database`."
    )  # type: ignore[assignment]
    db_wait_seconds: float = _setting(_number(0.1, 120), 8, "Longest wait for a connection or a lock.")  # type: ignore[assignment]
    web_workers: int = _setting(_whole(1, 64), 1, "Web processes (more than one needs PostgreSQL).")  # type: ignore[assignment]
    web_threads: int = _setting(_whole(1, 64), 4, "Request threads per web process.")  # type: ignore[assignment]
    background: bool = _setting(_yes_or_no, True, "Run jobs, consumers and clocks in the web process.")  # type: ignore[assignment]
    job_threads: int = _setting(_whole(1, 64), 2, "Threads that run jobs, per process.")  # type: ignore[assignment]
    job_lease_seconds: float = _setting(
        _number(0.5, 3600), 600, "How long a job is held before its worker counts as dead."
    )  # type: ignore[assignment]
    sender_threads: int = _setting(_whole(0, 64), 4, "Threads that send, per process; 0 sends nothing from it.")  # type: ignore[assignment]
    action_lease_seconds: float = _setting(
        _number(0.5, 3600), 120, "How long an action is held before whoever was at it counts as dead."
    )  # type: ignore[assignment]
    stale_invite_days: int = _setting(
        _whole(1, 365), 30, "Age at which invitations that nobody answered are withdrawn."
    )  # type: ignore[assignment]
    unipile_list_lag_seconds: float = _setting(
        _number(0, 86400),
        720,
        "How long Unipile's lists may be behind: before that an action that is not seen there is not believed absent.",
    )  # type: ignore[assignment]
    job_sweep_seconds: float = _setting(_number(0.1, 600), 60, "How often dead workers' jobs are looked for.")  # type: ignore[assignment]
    job_archive_days: int = _setting(_whole(1, 3650), 7, "Age at which ended jobs are archived.")  # type: ignore[assignment]
    import_file_days: int = _setting(
        _whole(1, 365), 7, "Age at which files of imports that ended or never began are deleted."
    )  # type: ignore[assignment]
    access_token_minutes: int = _setting(_whole(1, 1440), 15, "Life of an access token.")  # type: ignore[assignment]
    refresh_token_days: int = _setting(_whole(1, 365), 30, "Life of a session without use.")  # type: ignore[assignment]
    auth_cache_seconds: float = _setting(
        _number(0, 30), 5, "Longest time a revocation may take to reach another process."
    )  # type: ignore[assignment]
    max_body_bytes: int = _setting(_whole(1024, 1 << 30), 1 << 20, "Largest request body, unless a path says more.")  # type: ignore[assignment]
    head_seconds: float = _setting(_number(0.1, 300), 10, "Longest time until the whole head of a request is there.")  # type: ignore[assignment]
    body_seconds: float = _setting(
        _number(0.1, 3600), 30, "Longest time until the whole body is there, if MAX_BODY_BYTES holds it."
    )  # type: ignore[assignment]
    upload_seconds: float = _setting(_number(0.1, 86400), 300, "Longest time to read a body larger than that.")  # type: ignore[assignment]
    rate_limit_per_minute: int = _setting(_whole(1, 10_000_000), 1200, "Requests a minute per caller.")  # type: ignore[assignment]
    login_limit_per_minute: int = _setting(
        _whole(1, 100_000), 10, "Sign-in attempts a minute per address and per email."
    )  # type: ignore[assignment]
    cors_origins: tuple[str, ...] = _setting(
        _origins, (), "Origins allowed to call the API from a browser; none by default."
    )  # type: ignore[assignment]
    trusted_proxies: int = _setting(_whole(0, 10), 0, "Reverse proxies in front whose X-Forwarded-For is believed.")  # type: ignore[assignment]
    metrics_token: str = _setting(
        _secret, "", "Bearer token for /metrics beside admins and keys with scope metrics.", secret=True
    )  # type: ignore[assignment]
    cache_seconds: float = _setting(_number(0, 86400), 300, "Longest life of a cached answer; 0 turns the cache off.")  # type: ignore[assignment]
    cache_entries: int = _setting(_whole(0, 1_000_000), 5000, "Cached answers kept in memory per process.")  # type: ignore[assignment]
    log_level: str = _setting(_one_of("debug", "info", "warning", "error"), "info", "Least level that is logged.")  # type: ignore[assignment]
    unipile_base_url: str = _setting(
        _service_address, "", "Unipile's address, its `/api/v1` may be left out; empty means the sandbox."
    )  # type: ignore[assignment]
    unipile_api_key: str = _setting(_header_word, "", "Unipile's key; empty means the sandbox.", secret=True)  # type: ignore[assignment]
    sandbox_port: int = _setting(_whole(1, 65535), 8010, "Port of the sandbox on this machine, where there is no key.")  # type: ignore[assignment]
    unipile_connect_seconds: float = _setting(_number(0.1, 30), 5, "Longest wait for a connection to Unipile.")  # type: ignore[assignment]
    unipile_call_seconds: float = _setting(
        _number(0.1, 30), 30, "Longest time of one call to Unipile until its whole answer is there."
    )  # type: ignore[assignment]
    reply_silent_minutes: int = _setting(
        _whole(1, 10_080), 15, "How long no webhook may tell of an account before its messages are read."
    )  # type: ignore[assignment]
    reply_poll_minutes: int = _setting(
        _whole(1, 1440), 5, "How often an account's messages are read while webhooks do not tell of it."
    )  # type: ignore[assignment]
    reply_lookback_days: int = _setting(
        _whole(1, 365), 30, "How far back an account's messages are read the first time."
    )  # type: ignore[assignment]
    unipile_can_follow: bool = _setting(
        _yes_or_no, False, "Unipile's installation has the route for following people; not every one has."
    )  # type: ignore[assignment]

    public_url: str = _setting(
        _service_address, "", "Where the service is reached from outside: Unipile's webhooks are pointed at it."
    )  # type: ignore[assignment]
    unipile_webhook_header: str = _setting(
        _header_name, "Unipile-Auth", "Header in which Unipile's webhooks show their secret."
    )  # type: ignore[assignment]
    unipile_webhook_secret: str = _setting(
        _shared_secret, "", "Secret that Unipile's webhooks show; empty means none is asked for.", secret=True
    )  # type: ignore[assignment]
    unipile_webhook_secret_old: str = _setting(
        _shared_secret, "", "The secret before, still believed while webhooks are moved to the new one.", secret=True
    )  # type: ignore[assignment]
    unipile_webhook_signing_key: str = _setting(
        _secret, "", "Key of the HMAC-SHA256 in X-Unipile-Signature, believed as well as the secret.", secret=True
    )  # type: ignore[assignment]
    unipile_webhook_signing_key_old: str = _setting(
        _secret, "", "The key before, still believed during its rotation.", secret=True
    )  # type: ignore[assignment]
    webhook_body_days: int = _setting(
        _whole(1, 3650), 30, "Age at which deliveries of webhooks lose their bodies and what names people."
    )  # type: ignore[assignment]
    webhook_silence_minutes: int = _setting(
        _whole(1, 10_000), 15, "How long after a message its webhook may be missing before that is an alarm."
    )  # type: ignore[assignment]

    delivery_threads: int = _setting(
        _whole(0, 64), 4, "Threads that send deliveries, per process; 0 sends none from it."
    )  # type: ignore[assignment]
    delivery_call_seconds: float = _setting(
        _number(0.1, 30), 15, "Longest time of one attempt of a delivery until its whole answer is there."
    )  # type: ignore[assignment]
    delivery_connect_seconds: float = _setting(_number(0.1, 30), 5, "Longest wait for the connection of an attempt.")  # type: ignore[assignment]
    delivery_lease_seconds: float = _setting(
        _number(0.5, 3600), 60, "How long an attempt is held before whoever was at it counts as dead."
    )  # type: ignore[assignment]
    allow_insecure_webhooks: bool = _setting(
        _yes_or_no, False, "Webhooks may go over plain HTTP, and Slack's address be another's; never in production."
    )  # type: ignore[assignment]
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = _setting(
        _networks, (), "Private networks that webhooks may reach none the less; none by default."
    )  # type: ignore[assignment]
    resend_api_url: str = _setting(_service_address, "", "Resend's address; empty means the real one.")  # type: ignore[assignment]
    resend_api_key: str = _setting(
        _header_word,
        "",
        "Resend's key; empty means the sandbox where there is one, else that no mail is sent.",
        secret=True,
    )  # type: ignore[assignment]
    resend_per_second: float = _setting(_number(0.1, 1000), 10, "Requests a second that Resend takes of us.")  # type: ignore[assignment]
    resend_webhook_secret: str = _setting(
        _webhook_secret, "", "Secret of Resend's webhooks (whsec_…); empty means none is believed.", secret=True
    )  # type: ignore[assignment]
    mail_from: str = _setting(
        _one_line, "Rapport <notices@rapport.example>", "Whom mails are from; its domain must be verified at Resend."
    )  # type: ignore[assignment]
    telegram_api_url: str = _setting(_service_address, "", "Telegram's address; empty means the real one.")  # type: ignore[assignment]
    hubspot_api_url: str = _setting(_service_address, "", "HubSpot's address; empty means the real one.")  # type: ignore[assignment]
    pipedrive_api_url: str = _setting(
        _service_address, "", "Pipedrive's address for all clients; empty means each client's own at the real one."
    )  # type: ignore[assignment]
    salesforce_login_url: str = _setting(
        _service_address, "", "Where all clients sign in to Salesforce; empty means each client's own at the real one."
    )  # type: ignore[assignment]
    features_off: tuple[str, ...] = _setting(
        _words, (), "Features that are off unless somebody turns them on, such as notices,webhooks."
    )  # type: ignore[assignment]
    weekly_reports_enabled: bool = _setting(
        _yes_or_no, True, "Clients get their weekly report by mail, unless the feature reports is turned off for them."
    )  # type: ignore[assignment]
    capture_per_address: int = _setting(_whole(1, 1_000_000), 10, "Submissions of forms a minute from one address.")  # type: ignore[assignment]
    capture_per_form: int = _setting(_whole(1, 1_000_000), 100, "Submissions a minute through one form.")  # type: ignore[assignment]
    capture_contact_form: str = _setting(
        _form_key, "", "Key of the form that the historic path /api/submit-contact is."
    )  # type: ignore[assignment]
    capture_chatbot_form: str = _setting(_form_key, "", "Key of the form that the historic path /api/chatbot/leads is.")  # type: ignore[assignment]
    capture_inquiry_form: str = _setting(
        _form_key, "", "Key of the form that the historic path /api/property-inquiry is."
    )  # type: ignore[assignment]
    live_streams: int = _setting(_whole(0, 10_000), 200, "Live streams held per web process; beyond them 503.")  # type: ignore[assignment]
    live_replay: int = _setting(
        _whole(1, 100_000), 1000, "Events that a live stream catches up with; further behind, it says reset."
    )  # type: ignore[assignment]
    live_beat_seconds: float = _setting(
        _number(0.1, 60), 15, "How often a live stream says that it lives, and that its caller may still see it."
    )  # type: ignore[assignment]

    @property
    def home(self) -> Path:
        return self.rapport_home.resolve()

    @property
    def database(self) -> str:
        """The database's address, with the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'rapport.db'}"

    @property
    def on_sqlite(self) -> bool:
        return self.database.startswith("sqlite")

    @property
    def on_sandbox(self) -> bool:
        """Whether the sandbox stands in for Unipile."""
        return not self.unipile_api_key

    @property
    def off(self) -> frozenset[str]:
        """The features that the environment turns off."""
        return frozenset(self.features_off if self.weekly_reports_enabled else (*self.features_off, "reports"))

    @property
    def webhook_base(self) -> str:
        """Where webhooks are pointed at; empty when nobody said. The sandbox is on this machine and finds us there."""
        if self.public_url or not self.on_sandbox:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 # nosec B104 - compared, not listened on
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def production(self) -> bool:
        return self.rapport_env == "production"


def read_settings(environment: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Settings:
    """The settings from `.env` and the environment (which wins), or `SettingsError` naming every problem."""
    given = dict(_read_dotenv(dotenv)) if dotenv is not None and dotenv.is_file() else {}
    given.update(os.environ if environment is None else environment)
    values: dict[str, object] = {}
    problems: list[str] = []
    for each in fields(Settings):
        name = each.name.upper()
        text = given.get(name, "").strip()
        if not text:
            continue
        try:
            values[each.name] = each.metadata["read"](text)
        except ValueError as wanted:
            shown = "a value that is not shown" if each.metadata["secret"] else repr(text)
            problems.append(f"{name} is {shown}, but must be {wanted}.")
    if problems:
        raise SettingsError(problems)
    settings = Settings(**values)  # type: ignore[arg-type]
    problems = _contradictions(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def _read_dotenv(path: Path) -> Mapping[str, str]:
    """`NAME=value` lines; quotes around a value are dropped, `#` begins a comment line."""
    found: dict[str, str] = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise SettingsError([f"{path} is not UTF-8 text."]) from None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.removeprefix("export ").partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name.strip()):
            raise SettingsError([f"{path} line {number} is not NAME=value."])
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[name.strip()] = value
    return found


def _contradictions(settings: Settings) -> list[str]:
    problems = []
    if settings.on_sqlite and settings.web_workers > 1:
        problems.append("WEB_WORKERS is above 1, but several processes need PostgreSQL: set DATABASE_URL.")
    if bool(settings.unipile_base_url) != bool(settings.unipile_api_key):
        problems.append("UNIPILE_BASE_URL and UNIPILE_API_KEY must be set together.")
    if settings.production and not settings.secret_key:
        problems.append("SECRET_KEY must be set when RAPPORT_ENV is production.")
    if settings.rapport_speed != 1 and (settings.production or not settings.on_sandbox):
        problems.append("RAPPORT_SPEED is for the sandbox: it must not be set with a real Unipile or in production.")
    if settings.production and settings.on_sandbox:
        problems.append("UNIPILE_BASE_URL and UNIPILE_API_KEY must be set when RAPPORT_ENV is production.")
    if settings.production and not (settings.unipile_webhook_secret or settings.unipile_webhook_signing_key):
        problems.append("UNIPILE_WEBHOOK_SECRET must be set when RAPPORT_ENV is production.")
    if settings.production and settings.allow_insecure_webhooks:
        problems.append("ALLOW_INSECURE_WEBHOOKS must not be set when RAPPORT_ENV is production.")
    if settings.production and settings.rapport_demo_password:
        problems.append("RAPPORT_DEMO_PASSWORD must not be set when RAPPORT_ENV is production.")
    return problems


def settings_or_exit() -> Settings:
    """The settings of this process's environment; a wrong one is a line each on stderr and exit status 2."""
    try:
        return read_settings()
    except SettingsError as wrong:
        for problem in wrong.problems:
            sys.stderr.write(f"rapport: {problem}\n")
        raise SystemExit(2) from None


def described() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every setting, for the documentation."""
    rows = []
    for each in fields(Settings):
        default = () if each.default is None else each.default
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        rows.append((each.name.upper(), shown, each.metadata["help"]))
    return rows
