"""What an installation may set, in one table: the environment, `.env`, or `relevance.toml`; the first that names it wins.

docs/settings.md is made from this table (`python -m relevance.settings`), and a test holds the two equal.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import secrets
import ssl
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from relevance.errors import BadSetting
from relevance.texts import N_, _

ROOT = Path(__file__).resolve().parent.parent
FILE = "relevance.toml"
PREFIX = "RELEVANCE_"
SECRET_FILE = "cookie-secret"
SECRET = frozenset({"cookie_secret", "smtp_password", "webhook_url", "webhook_secret"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The least and the most of each number.
RANGES: dict[str, tuple[float, float]] = {
    "port": (1, 65535),
    "session_hours": (1 / 3600, 720),
    "session_idle_minutes": (1, 43200),
    "password_length": (8, 64),
    "lease_seconds": (30, 3600),
    "snapshot_seconds": (5, 60),
    "ingest_source_hours": (0.001, 48),
    "ingest_clip_hours": (0.001, 48),
    "ingest_minutes": (1, 1440),
    "ingest_megapixels": (1, 500),
    "ingest_memory_mb": (512, 65536),
    "ingest_output_mb": (1, 65536),
    "smtp_port": (1, 65535),
}

_HOST = re.compile(r"[A-Za-z0-9_.:%-]+")
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+|[^<>\r\n]*<[^@\s<>]+@[^@\s<>]+>")


def _setting(default: Any, description: str, allowed: str) -> Any:
    return Field(default, description=description, json_schema_extra={"allowed": allowed}, validate_default=False)


class Settings(BaseSettings):
    """The settings of one installation, checked."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=(ROOT / ".env", ".env"),
        env_file_encoding="utf-8",
        toml_file=(ROOT / FILE, FILE),
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data: Path = _setting(
        ROOT / "data" / "store",
        N_("The folder of the store, the clips and analytics.duckdb; it is made where it is missing."),
        N_("a folder that can be written"),
    )
    host: str = _setting(
        "127.0.0.1",
        N_("The address to listen on. 127.0.0.1 is this machine alone; 0.0.0.0 is every network that it is in."),
        N_("an IP address or a host's name"),
    )
    port: int = _setting(8501, N_("The port to listen on."), N_("a whole number from 1 to 65535"))
    tls_cert: Path | None = _setting(
        None, N_("The certificate chain (PEM), to serve https."), N_("a readable file, together with the key")
    )
    tls_key: Path | None = _setting(
        None, N_("The certificate's key (PEM)."), N_("a readable file, together with the certificate")
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = _setting(
        (),
        N_("The proxies whose X-Forwarded-For, -Proto and -Host are believed; all others' are ignored."),
        N_("IP addresses or networks (10.0.0.0/8), with commas between them"),
    )
    origins: Annotated[tuple[str, ...], NoDecode] = _setting(
        (),
        N_("Further addresses under which browsers see the app, where a proxy does not pass the Host on."),
        N_("addresses like https://labels.example.com, with commas between them"),
    )
    cookie_secret: SecretStr | None = _setting(
        None,
        N_("What session cookies are keyed with. Where it is not set, one is made and kept in the data folder (0600)."),
        N_("at least 32 characters"),
    )
    session_hours: float = _setting(
        16, N_("The longest that a sign-in lasts, in hours."), N_("a number over 0, at most 720")
    )
    session_idle_minutes: float = _setting(
        120, N_("A sign-in ends after so many minutes without a request."), N_("a number of at least 1, at most 43200")
    )
    password_length: int = _setting(
        8, N_("The fewest characters of a new password."), N_("a whole number from 8 to 64")
    )
    demo_anywhere: bool = _setting(
        False,
        N_(
            "Lets the demo's accounts in where the server can be reached from other machines. Their passwords are public."
        ),
        N_("true or false"),
    )
    language: Literal["zh", "en"] = _setting(
        "zh", N_("The language of the sign-in page, of new accounts and of commands."), N_("zh or en")
    )
    lease_seconds: int = _setting(
        180,
        N_("How long an item is held for a grader without a sign of life."),
        N_("a whole number from 30 to 3600"),
    )
    snapshot_seconds: int = _setting(
        30, N_("How often analytics.duckdb is looked after while the server runs."), N_("a whole number from 5 to 60")
    )
    history: Path | None = _setting(
        None,
        N_(
            "The folder of the second copy of the history, best on another disk. Not set: history/ in the data folder. It "
            "holds password hashes: only the server's user may read it."
        ),
        N_("a folder that can be written"),
    )
    public_url: str = _setting(
        "",
        N_(
            "The address that people open the app by, for links in invitations and for guests. Not set: this machine's own."
        ),
        N_("an address like https://labels.example.com"),
    )
    smtp_host: str = _setting("", N_("The mail server for invitations, reminders and minutes."), N_("a host's name"))
    smtp_port: int = _setting(587, N_("Its port."), N_("a whole number from 1 to 65535"))
    smtp_security: Literal["starttls", "tls", "none"] = _setting(
        "starttls", N_("How the connection to the mail server is made safe."), N_("starttls, tls or none")
    )
    smtp_user: str = _setting("", N_("The mail server's user, where it wants one."), N_("a text"))
    smtp_password: SecretStr | None = _setting(None, N_("The user's password there."), N_("a text"))
    smtp_from: str = _setting("", N_("The sender of mails."), N_("a mail address"))
    webhook_url: SecretStr | None = _setting(
        None,
        N_("The chat robot for invitations, reminders and minutes: the address with its key, as the chat gives it."),
        N_("an address that begins with https:// or http://"),
    )
    webhook_kind: Literal["dingtalk", "feishu", "wecom", "plain"] = _setting(
        "plain",
        N_("The robot's format: DingTalk, Feishu (Lark), WeCom, or plain JSON signed with HMAC-SHA256."),
        N_("dingtalk, feishu, wecom or plain"),
    )
    webhook_secret: SecretStr | None = _setting(
        None, N_("What the robot's messages are signed with (WeCom has none: its key is in the address)."), N_("a text")
    )
    ffmpeg: Path | None = _setting(
        None,
        N_("The ffmpeg to use. Where it is not set, the one that came with the installation."),
        N_("an ffmpeg program that can be run"),
    )
    ffprobe: Path | None = _setting(
        None,
        N_("The ffprobe to use. Where it is not set, the one that came with the installation."),
        N_("an ffprobe program that can be run"),
    )
    ingest_source_hours: float = _setting(
        12, N_("The longest video that is taken, in hours."), N_("a number over 0, at most 48")
    )
    ingest_clip_hours: float = _setting(
        4, N_("The longest clip that is prepared, in hours: a whole video, or one cut of it."),
        N_("a number over 0, at most 48"),
    )  # fmt: skip
    ingest_minutes: float = _setting(
        120, N_("The longest that preparing one clip may take, in minutes."), N_("a number of at least 1, at most 1440")
    )
    ingest_megapixels: float = _setting(
        36, N_("The largest picture that is decoded, in megapixels; 8K has 33.2."), N_("a number from 1 to 500")
    )
    ingest_memory_mb: int = _setting(
        4096, N_("The memory that a process of FFmpeg may use, in MB."), N_("a whole number from 512 to 65536")
    )
    ingest_output_mb: int = _setting(
        4096, N_("The largest clip that is written, in MB."), N_("a whole number from 1 to 65536")
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order in which a value is looked for."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("data")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        path = value.expanduser().absolute()
        if not _can_be_made(path) or (os.access(path, os.F_OK) and not os.access(path, os.W_OK)):
            raise ValueError("not a folder that can be written")
        return path

    @field_validator("history")
    @classmethod
    def _second(cls, value: Path | None) -> Path | None:
        # A folder that is there but can't be written may be on a broken disk: grading goes on, the log and verify say so.
        if value is not None and not _can_be_made(value := value.expanduser().absolute()):
            raise ValueError("not a folder that can be written")
        return value

    @field_validator("host")
    @classmethod
    def _listens(cls, value: str) -> str:
        if not _HOST.fullmatch(value):
            raise ValueError("not an address")
        return value

    @field_validator(*RANGES)
    @classmethod
    def _in_range(cls, value: float, field: ValidationInfo) -> float:
        low, high = RANGES[str(field.field_name)]
        if not low <= value <= high:
            raise ValueError(f"not from {low} to {high}")
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _proxies(cls, value: Any) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(str(one), strict=False) for one in _listed(value))

    @field_validator("origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> tuple[str, ...]:
        found = tuple(str(one).rstrip("/").lower() for one in _listed(value))
        if not all(re.fullmatch(r"https?://[^/\s?#@]+", one) for one in found):
            raise ValueError("not an address")
        return found

    @field_validator("cookie_secret")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("too short")
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/\s?#@]+", value.rstrip("/")):
            raise ValueError("not an address")
        return value.rstrip("/")

    @field_validator("smtp_host")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        if value and not _HOST.fullmatch(value):
            raise ValueError("not a host's name")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and not _MAIL.fullmatch(value):
            raise ValueError("not a mail address")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"https?://[^\s/]+", value.get_secret_value()):
            raise ValueError("not an address")
        return value

    @field_validator("tls_cert", "tls_key")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and not os.access(value, os.R_OK):
            raise ValueError("not readable")
        return value

    @field_validator("ffmpeg", "ffprobe")
    @classmethod
    def _runs(cls, value: Path | None) -> Path | None:
        if value is not None and not (value.is_file() and os.access(value, os.X_OK)):
            raise ValueError("not a program")
        return value

    @model_validator(mode="after")
    def _both(self) -> Settings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise BadSetting(
                "{name} is not set, but {other} is: https needs both.",
                name=PREFIX + ("TLS_CERT" if self.tls_cert is None else "TLS_KEY"),
                other=PREFIX + ("TLS_KEY" if self.tls_cert is None else "TLS_CERT"),
            )
        if self.tls_cert is not None and self.tls_key is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
                    self.tls_cert, self.tls_key, password=lambda: ""
                )
            except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
                raise BadSetting(
                    "{name} is {value} and {other} is {key}; allowed is a certificate chain and its key without a password, "
                    "both PEM ({error}).",
                    name=PREFIX + "TLS_CERT", value=self.tls_cert, other=PREFIX + "TLS_KEY", key=self.tls_key, error=error,
                ) from None  # fmt: skip
        return self

    @property
    def history_folder(self) -> Path:
        """Where the second copy of the history lies."""
        return self.history or self.data / "history"

    @property
    def tls(self) -> bool:
        """Whether the server itself speaks https."""
        return self.tls_cert is not None

    @property
    def url(self) -> str:
        """The address to open on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


def _can_be_made(path: Path) -> bool:
    """Whether a path is a folder, or one can be made there as far as the file system tells."""
    there = next(one for one in (path, *path.parents) if os.access(one, os.F_OK))
    return there.is_dir() and (there == path or os.access(there, os.W_OK | os.X_OK))


def _listed(value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return list(value)


def load(**given: Any) -> Settings:
    """The settings of this process; what is given here (a command's options) wins over all else.

    Raises:
        BadSetting: a value is not allowed; the name, the value and what is allowed are told.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=True)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if name not in Settings.model_fields:
            raise
        raise wrong(name, "(hidden)" if name in SECRET else repr(first.get("input")).strip("'")) from None
    except ValueError as error:  # the TOML file itself
        raise BadSetting("{name} can't be read: {error}.", name=FILE, error=error) from None


def wrong(name: str, value: object) -> BadSetting:
    """What stops the start where a setting's value turns out to be none that is allowed."""
    return BadSetting(
        "{name} is {value}; allowed is {allowed}.", name=PREFIX + name.upper(), value=value, allowed=_(allowed(name))
    )


def allowed(name: str) -> str:
    """What a setting may be, in words."""
    extra = Settings.model_fields[name].json_schema_extra
    return str(extra["allowed"]) if isinstance(extra, dict) else ""


def unknown() -> list[tuple[str, str]]:
    """Names in the environment, `.env` and `relevance.toml` that are no setting, each with the nearest that is ("": none).

    They change nothing, so that a misspelt one is to be said: who wrote RELEVANCE_TLS_CRT believes that he has https.
    """
    known = list(Settings.model_fields)
    found = [name for name in os.environ if name.upper().startswith(PREFIX)]
    for file in dict.fromkeys(Path(one).absolute() for one in (ROOT / ".env", ".env")):
        if file.is_file():
            found += [name for name in dotenv_values(file, encoding="utf-8") if name.upper().startswith(PREFIX)]
    odd = [name for name in found if name.upper().removeprefix(PREFIX).lower() not in known]
    for file in dict.fromkeys(Path(one).absolute() for one in (ROOT / FILE, FILE)):
        if file.is_file():
            odd += [name for name in tomllib.loads(file.read_text("utf-8")) if name.lower() not in known]
    pairs = {}
    for name in odd:
        like = difflib.get_close_matches(name.upper().removeprefix(PREFIX).lower(), known, n=1)
        pairs[name] = PREFIX + like[0].upper() if like and name.upper().startswith(PREFIX) else "".join(like)
    return list(pairs.items())


def cookie_secret(settings: Settings) -> bytes:
    """The key of the session cookies: the setting, or the file in the data folder, made on the first run (0600).

    Raises:
        BadSetting: the file is there but too short to be a secret.
    """
    if settings.cookie_secret is not None:
        return settings.cookie_secret.get_secret_value().encode()
    path = settings.data / SECRET_FILE
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        # Written aside and linked into place: two first starts agree on one secret, and a crash leaves no half of one.
        aside = path.with_name(f".{SECRET_FILE}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())  # a name without its bytes, after a power cut, would stop every later start
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    secret = path.read_text("utf-8").strip()
    if len(secret) < 32:
        raise BadSetting(
            "{file} is too short to be a secret. Delete it: a new one is made at the next start, and all sign in again.",
            file=str(path),
        )
    return secret.encode()


def table() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Made by `python -m relevance.settings`; `tests/test_settings.py` holds it equal to the code.",
        "",
        "A setting is looked for in this order: the environment (`RELEVANCE_PORT=8600`), a file `.env` (the same names), a",
        "file `relevance.toml` (names in small letters without the prefix: `port = 8600`); files are taken from the working",
        "folder, then from the project's. A value that is not allowed stops the start with its name, its value and what is",
        "allowed. Secrets belong into the environment or into a file that only the server's user can read.",
        "",
        "| name | default | allowed | what it does |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, Path):
            default = default.relative_to(ROOT).as_posix() + " (in the project's folder)"
        elif isinstance(default, bool):
            default = str(default).lower()
        elif default is None or default in ((), ""):
            default = "not set"
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {allowed(name)} | {field.description} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "settings.md").write_text(table(), "utf-8")
