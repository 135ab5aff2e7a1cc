"""Settings: where they come from, and what a wrong one says."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from relevance.errors import BadSetting
from relevance.media import ffmpeg
from relevance.runtime import Runtime
from relevance.settings import ROOT, Settings, cookie_secret, load, table, unknown


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"RELEVANCE_{name.upper()}", raising=False)
    return tmp_path


def test_the_documented_table_is_the_code() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == table()


def test_a_command_wins_over_the_environment_that_wins_over_env_file_that_wins_over_toml(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "relevance.toml").write_text("port = 8601\nhost = '10.0.0.1'\nlanguage = 'en'\nlease_seconds = 60\n")
    (elsewhere / ".env").write_text("RELEVANCE_PORT=8602\nRELEVANCE_HOST=10.0.0.2\nRELEVANCE_LANGUAGE=zh\n")
    monkeypatch.setenv("RELEVANCE_PORT", "8603")
    monkeypatch.setenv("RELEVANCE_HOST", "10.0.0.3")
    found = load(port=8604)
    assert (found.port, found.host, found.language, found.lease_seconds) == (8604, "10.0.0.3", "zh", 60)


def test_what_is_no_setting_is_told_with_the_nearest_that_is(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(unknown())  # what the machine of this test has set for its own ends
    monkeypatch.setenv("RELEVANCE_TLS_CRT", "cert.pem")
    monkeypatch.setenv("relevance_port", "8602")  # a setting, however it is written
    (elsewhere / ".env").write_text("RELEVANCE_HOSTT=10.0.0.2\nOTHER=1\nRELEVANCE_LANGUAGE=zh\n")
    (elsewhere / "relevance.toml").write_text("lease_second = 60\nhost = '10.0.0.1'\nqqqqqqq = 1\n")
    found = {name: like for name, like in unknown() if name not in before}
    assert found == {
        "RELEVANCE_TLS_CRT": "RELEVANCE_TLS_CERT",
        "RELEVANCE_HOSTT": "RELEVANCE_HOST",
        "lease_second": "lease_seconds",
        "qqqqqqq": "",
    }


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "80a", "a whole number from 1 to 65535"),
        ("PORT", "70000", "a whole number from 1 to 65535"),
        ("HOST", "a b", "an IP address or a host's name"),
        ("LANGUAGE", "fr", "zh or en"),
        ("TRUSTED_PROXIES", "10.0.0.1,nonsense", "IP addresses or networks (10.0.0.0/8), with commas between them"),
        ("ORIGINS", "labels.example.com", "addresses like https://labels.example.com, with commas between them"),
        ("LEASE_SECONDS", "5", "a whole number from 30 to 3600"),
        ("DEMO_ANYWHERE", "maybe", "true or false"),
        ("FFMPEG", "/nowhere/ffmpeg", "an ffmpeg program that can be run"),
        ("FFPROBE", "/nowhere/ffprobe", "an ffprobe program that can be run"),
        ("DATA", "/dev/null", "a folder that can be written"),
        ("DATA", "/dev/null/store", "a folder that can be written"),
        ("HISTORY", "/dev/null", "a folder that can be written"),
        ("HISTORY", "/dev/null/history", "a folder that can be written"),
        ("INGEST_SOURCE_HOURS", "0", "a number over 0, at most 48"),
        ("INGEST_CLIP_HOURS", "49", "a number over 0, at most 48"),
        ("INGEST_MINUTES", "0", "a number of at least 1, at most 1440"),
        ("INGEST_MEGAPIXELS", "501", "a number from 1 to 500"),
        ("INGEST_MEMORY_MB", "100", "a whole number from 512 to 65536"),
        ("INGEST_OUTPUT_MB", "0", "a whole number from 1 to 65536"),
        ("SMTP_HOST", "mail server", "a host's name"),
        ("SMTP_FROM", "relevance", "a mail address"),
    ],
)
def test_a_wrong_value_names_itself_its_value_and_what_is_allowed(
    name: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RELEVANCE_{name}", value)
    with pytest.raises(BadSetting) as caught:
        load()
    assert str(caught.value) == f"RELEVANCE_{name} is {value}; allowed is {allowed}."


def test_a_short_cookie_secret_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELEVANCE_COOKIE_SECRET", "hunter2")
    with pytest.raises(BadSetting) as caught:
        load()
    assert "hunter2" not in str(caught.value)
    assert "RELEVANCE_COOKIE_SECRET" in str(caught.value)


def test_a_certificate_without_its_key_is_told(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (elsewhere / "cert.pem").write_text("x")
    monkeypatch.setenv("RELEVANCE_TLS_CERT", str(elsewhere / "cert.pem"))
    with pytest.raises(BadSetting, match="RELEVANCE_TLS_KEY is not set, but RELEVANCE_TLS_CERT is"):
        load()


def test_a_file_that_is_no_certificate_stops_the_start_before_anything_is_opened(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CERT", "KEY"):
        (elsewhere / name).write_text("no PEM at all")
        monkeypatch.setenv(f"RELEVANCE_TLS_{name}", str(elsewhere / name))
    with pytest.raises(BadSetting, match=r"RELEVANCE_TLS_CERT is .*CERT and RELEVANCE_TLS_KEY is .*KEY; allowed is"):
        load()


def test_a_sender_may_have_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for sender in ("labels@example.com", "标注中心 <labels@example.com>"):
        monkeypatch.setenv("RELEVANCE_SMTP_FROM", sender)
        assert load().smtp_from == sender


@pytest.mark.parametrize("name", ["ffmpeg", "ffprobe"])
def test_a_program_that_is_another_one_stops_the_start(elsewhere: Path, name: str) -> None:
    other = elsewhere / "other"
    other.write_text("#!/bin/sh\necho other version 1\n")
    other.chmod(0o755)
    with pytest.raises(BadSetting, match=rf"RELEVANCE_{name.upper()} is .*/other; allowed is an {name} program"):
        Runtime(load(data=elsewhere / "store", **{name: other}))
    assert not (elsewhere / "store").exists()


def test_a_data_folder_that_the_system_does_not_let_be_made_is_told(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    settings = load(data=elsewhere / "store")
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(BadSetting, match=r"RELEVANCE_DATA is .*/store; allowed is a folder that can be written"):
        Runtime(settings)


def test_the_ffprobe_that_is_set_is_the_one_that_runs(elsewhere: Path) -> None:
    own = elsewhere / "my-ffprobe"
    own.write_text(f'#!/bin/sh\nexec {ffmpeg.find().ffprobe} "$@"\n')
    own.chmod(0o755)
    assert ffmpeg.find(None, str(own)).ffprobe == str(own)


def test_a_broken_file_is_named(elsewhere: Path) -> None:
    (elsewhere / "relevance.toml").write_text("port = [")
    with pytest.raises(BadSetting, match=r"relevance\.toml can't be read"):
        load()


def test_proxies_and_origins_are_lists_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELEVANCE_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    monkeypatch.setenv("RELEVANCE_ORIGINS", "https://Labels.example.com/")
    found = load()
    assert [str(one) for one in found.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert found.origins == ("https://labels.example.com",)


def test_the_cookie_secret_is_made_once_and_only_its_owner_can_read_it(elsewhere: Path) -> None:
    settings = load(data=elsewhere / "new" / "data")
    first = cookie_secret(settings)
    file = elsewhere / "new" / "data" / "cookie-secret"
    assert len(first) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert cookie_secret(settings) == first
    file.chmod(0o644)  # somebody copied it about
    cookie_secret(settings)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_cookie_secret_that_was_cut_off_stops_the_start(elsewhere: Path) -> None:
    (elsewhere / "cookie-secret").write_text("abc")
    with pytest.raises(BadSetting, match="too short to be a secret"):
        cookie_secret(load(data=elsewhere))


def test_streamlits_own_config_binds_this_machine_alone_and_trusts_the_gates_header() -> None:
    import json
    import tomllib

    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert json.loads(config["server"]["trustedUserHeaders"]) == {"X-Relevance-Session": "sub"}
    assert config["server"]["enableStaticServing"] is False
    assert config["browser"]["gatherUsageStats"] is False
    assert config["runner"]["postScriptGC"] is False
