from importlib.util import find_spec

import pytest
from events import CHANGELOGS, TOPICS
from orderstream.platform import DATABASES, Layer, Settings, load, pick, topology
from orderstream.platform.settings import PORT_SETTINGS


@pytest.fixture
def settings(tmp_path) -> Settings:
    return load(state_dir=tmp_path, instances=2, brokers=3)


def test_every_port_setting_is_used_and_no_port_twice(settings: Settings) -> None:
    ports = [item for process in topology(settings) for item in process.ports.items()]
    assert len({port for port, _ in ports}) == len(ports)
    assert {setting for _, setting in ports} == set(PORT_SETTINGS)


def test_every_process_that_is_needed_exists(settings: Settings) -> None:
    processes = topology(settings)
    names = [process.name for process in processes]
    assert len(set(names)) == len(names)
    assert {need for process in processes for need in process.needs} <= set(names)


def test_every_service_that_follows_a_topic_has_a_worker_and_keeps_its_state(
    settings: Settings,
) -> None:
    workers = {one.service for one in topology(settings) if one.layer is Layer.WORKERS}
    followers = {service for topic in TOPICS for service in topic.followed_by}
    assert workers == followers
    assert followers - set(DATABASES) == {topic.written_by for topic in CHANGELOGS}


def test_only_a_service_with_a_database_is_told_of_one(settings: Settings) -> None:
    services = [one for one in topology(settings) if one.service]
    told = {one.service for one in services if "DATABASE_URL" in one.environment}
    assert told == set(DATABASES)


def test_every_package_that_is_run_is_installed(settings: Settings) -> None:
    services = [one for one in topology(settings) if one.layer is not Layer.INFRASTRUCTURE]
    for process in services:
        _, option, package = process.argv[:3]
        assert option == "-m"
        assert find_spec(package), f"{package} of {process.name} is not installed"


def test_the_second_instance_of_a_worker_differs_in_name_port_and_number(
    settings: Settings,
) -> None:
    first, second = pick(topology(settings), {"payment-worker", "payment-worker-2"})
    assert (first.port, second.port) == (18202, 18212)
    assert (first.environment["INSTANCE"], second.environment["INSTANCE"]) == ("1", "2")
    assert first.environment["DATABASE_URL"] == second.environment["DATABASE_URL"]


def test_only_those_who_may_open_personal_data_are_told_the_key(settings: Settings) -> None:
    told = {one.service for one in topology(settings) if "SEALING_KEY" in one.environment}
    assert told == {"gateway", "shipping", "notifier"}


def test_the_sealing_key_is_made_once_and_is_private(settings: Settings) -> None:
    (first,) = pick(topology(settings), {"gateway"})
    (again,) = pick(topology(settings), {"gateway"})
    assert first.environment["SEALING_KEY"] == again.environment["SEALING_KEY"]
    assert (settings.state_dir / "sealing-key").stat().st_mode & 0o077 == 0


def test_an_unknown_process_is_refused_with_the_names_that_exist(settings: Settings) -> None:
    with pytest.raises(ValueError, match="no process is called paymant; there are: kafka, "):
        pick(topology(settings), {"paymant"})


def test_gateways_are_told_how_often_clients_may_ask_and_where_to_count(tmp_path) -> None:
    def told(**chosen: object) -> dict[str, str]:
        (gateway,) = pick(topology(load(state_dir=tmp_path, **chosen)), ["gateway"])
        return {
            name: value
            for name, value in gateway.environment.items()
            if name in {"RATE_LIMIT_SCALE", "REDIS_URL"}
        }

    assert told() == {"RATE_LIMIT_SCALE": "1.0"}
    shared = {"rate_limit_scale": 0.5, "redis_url": "redis://localhost/0"}
    assert told(**shared) == {"RATE_LIMIT_SCALE": "0.5", "REDIS_URL": "redis://localhost/0"}
