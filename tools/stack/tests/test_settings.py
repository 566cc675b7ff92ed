from pathlib import Path

import pytest
from stack import SettingsError, load, loading
from stack.settings import PORT_SETTINGS
from stack.topology import all_processes


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file `.env` of a checkout."""
    monkeypatch.setattr(loading, "ENV_FILE", tmp_path / ".env")
    return tmp_path / ".env"


def test_a_wrong_value_is_named_with_its_variable_and_what_it_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERSTREAM_PARTITIONS", "many")
    monkeypatch.setenv("ORDERSTREAM_KAFKA_PORT", "99999")
    with pytest.raises(SettingsError) as caught:
        load()
    message = str(caught.value)
    assert "ORDERSTREAM_PARTITIONS='many'" in message
    assert "ORDERSTREAM_KAFKA_PORT='99999'" in message
    assert "less than or equal to 65535" in message
    assert "\n" not in message


def test_latencies_the_wrong_way_round_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_PSP_LATENCY_MS_MIN", "500")
    monkeypatch.setenv("ORDERSTREAM_PSP_LATENCY_MS_MAX", "100")
    with pytest.raises(SettingsError, match="PSP_LATENCY_MS_MIN must not be above"):
        load()


def test_what_is_chosen_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_PARTITIONS", "5")
    assert load().partitions == 5
    assert load(partitions=7).partitions == 7


def test_a_database_is_addressed_as_its_owner_or_as_the_one_who_may_see_all() -> None:
    settings = load(postgres_port=15432)
    assert settings.database_url("payments") == "postgresql://payments@127.0.0.1:15432/payments"
    assert settings.database_url("payments", "postgres").startswith("postgresql://postgres@")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ORDERSTREAM_GATWAY_PORT", "ORDERSTREAM_GATEWAY_PORT"),
        ("ORDERSTREAM_SEEDS", "ORDERSTREAM_SEED"),
        ("orderstream_log_levl", "ORDERSTREAM_LOG_LEVEL"),
        ("ORDERSTREAM_CURENCY", "ORDERSTREAM_CURRENCY"),
    ],
)
def test_a_name_that_there_is_not_is_reported_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, env_file: Path, name: str, nearest: str
) -> None:
    message = rf"{name} in .* is no setting; did you mean {nearest}\?$"
    env_file.write_text(f"{name}=1\n")
    with pytest.raises(SettingsError, match=message):
        load()
    env_file.unlink()
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError, match=message):
        load()


@pytest.mark.parametrize(
    "name",
    [
        "ORDERSTREAM_KAFKA_UI_PORT",
        "ORDERSTREAM_JAEGER_PORT",
        "ORDERSTREAM_PROMETHEUS_PORT",
        "ORDERSTREAM_GRAFANA_PORT",
        "ORDERSTREAM_TEST_STORES",
        "ORDERSTREAM_E2E",
    ],
)
def test_what_compose_and_the_tests_are_given_is_known(env_file: Path, name: str) -> None:
    env_file.write_text(f"{name}=1\nOF_SOMETHING_ELSE=2\n")
    load()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ORDERSTREAM_SEED=1\nnonsense here\n", "line 2: expected NAME=value"),
        (b"ORDERSTREAM_SEED=\xff\n", "is not UTF-8 at byte 17"),
        (None, "cannot be read: Is a directory"),
    ],
)
def test_a_file_of_settings_that_cannot_be_read_is_named(
    env_file: Path, content: bytes | None, message: str
) -> None:
    env_file.write_bytes(content) if content is not None else env_file.mkdir()
    with pytest.raises(SettingsError, match=message):
        load()


def test_one_prefix_moves_every_port_but_those_that_are_chosen(tmp_path: Path) -> None:
    moved = load(state_dir=tmp_path, port_prefix=28, psp_port=9999, brokers=3, instances=9)
    ports = [port for process in all_processes(moved) for port in process.ports]
    assert len(ports) == len(set(ports))
    assert {port // 1000 for port in ports} == {28, 9}
    assert (moved.gateway_port, moved.kafka_port, moved.postgres_port) == (28000, 28092, 28432)
    assert {getattr(moved, name) for name in PORT_SETTINGS} >= {9999, 28000}


@pytest.mark.parametrize("prefix", ["1", "65", "x", "28000"])
def test_a_prefix_that_makes_no_ports_is_refused(
    monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv("ORDERSTREAM_PORT_PREFIX", prefix)
    with pytest.raises(SettingsError, match=f"ORDERSTREAM_PORT_PREFIX='{prefix}': Input should be"):
        load()


def test_a_secret_is_not_reported_with_what_is_wrong_about_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERSTREAM_REDIS_URL", "http://:hunter2@redis")
    with pytest.raises(SettingsError, match="ORDERSTREAM_REDIS_URL: expected redis://") as caught:
        load()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("CORS_ORIGINS", "shop.example", "expected https://host"),
        ("WEBHOOK_PORTS", "https", "expected ports with commas between"),
        ("REDIS_URL", "redis://", "expected redis://host:port"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "jaeger:4318", "expected http"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2", "expected name=value"),
        ("RETENTION_HOURS", "99999999999999999999", "less than or equal to 1000000"),
        ("RATE_LIMIT_SCALE", "inf", "less than or equal to 1000000"),
        ("RATE_LIMIT_SCALE", "1e20", "less than or equal to 1000000"),
        ("PSP_LATENCY_MS_MAX", "99999999999999999999", "less than or equal to 3600000"),
        ("GATEWAY_PORT", "18001", "GATEWAY_PORT and ORDERSTREAM_ORDER_API_PORT are the same port"),
        ("SMTP_PORT", "19092", "KAFKA_PORT and ORDERSTREAM_SMTP_PORT are the same port: 19092"),
    ],
)
def test_what_only_one_process_would_refuse_is_refused_before_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"ORDERSTREAM_{name}", value)
    with pytest.raises(SettingsError, match=message) as caught:
        load()
    assert "hunter2" not in str(caught.value)


def test_a_currency_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_CURRENCY", "POUND")
    with pytest.raises(SettingsError, match=r"ORDERSTREAM_CURRENCY='POUND': expected the code of"):
        load()


def test_who_prices_or_counts_is_given_the_currency(tmp_path: Path) -> None:
    shop = all_processes(load(state_dir=tmp_path, currency="JPY"))
    services = {one.name for one in shop if one.environment.get("CURRENCY") == "JPY"}
    assert services == {"gateway", "analytics-worker"}
