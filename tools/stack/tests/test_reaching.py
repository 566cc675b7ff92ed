"""Commands find a system in containers by its settings alone, and say what Docker does instead."""

from pathlib import Path

import pytest
from stack import NotUpError, Settings, SettingsError, load, load_native, reach

PASSWORD = "p@ss/word"


def settings(platform: str, folder: Path) -> Settings:
    return load(platform=platform, state_dir=folder, postgres_password=PASSWORD)


def test_containers_are_reached_by_the_ports_that_they_publish(tmp_path: Path) -> None:
    system = reach(settings("compose", tmp_path))
    assert system.url("gateway") == "http://127.0.0.1:18000"
    assert system.settings.kafka_bootstrap == "127.0.0.1:19092"


def test_among_containers_each_is_reached_by_its_name(tmp_path: Path) -> None:
    system = reach(settings("container", tmp_path))
    assert system.url("gateway") == "http://gateway:18000"
    assert system.url("payment-worker") == "http://payment-worker:18202"
    assert system.settings.kafka_bootstrap == "kafka:19092"
    assert system.settings.database_url("orders").endswith("@postgres:15432/orders")


def test_a_password_stands_in_the_address_of_a_database_and_nowhere_else(tmp_path: Path) -> None:
    chosen = settings("compose", tmp_path)
    assert chosen.database_url("orders").startswith("postgresql://orders:p%40ss%2Fword@127.0.0.1:")
    assert PASSWORD not in repr(chosen)
    natively = load(state_dir=tmp_path)
    assert natively.database_url("orders") == "postgresql://orders@127.0.0.1:15432/orders"


def test_natively_what_was_not_started_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotUpError):
        reach(settings("native", tmp_path))


def test_what_acts_on_processes_leaves_containers_to_docker() -> None:
    assert load_native().platform == "native"
    with pytest.raises(SettingsError, match="docker compose: ps, logs"):
        load_native(platform="compose")


def test_an_unknown_platform_is_refused() -> None:
    with pytest.raises(SettingsError, match="'native', 'compose' or 'container'"):
        load(platform="cloud")
