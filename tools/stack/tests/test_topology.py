from importlib.util import find_spec
from pathlib import Path

import pytest
from events import CHANGELOGS, TOPICS
from gateway.settings import GatewaySettings
from stack import DATABASES, Layer, Process, Settings, all_processes, load, pick
from stack.settings import PORT_SETTINGS
from stack.topology import LIMITS

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return load(state_dir=tmp_path, instances=2, brokers=3)


def test_every_port_setting_is_used_and_no_port_twice(settings: Settings) -> None:
    ports = [item for process in all_processes(settings) for item in process.ports.items()]
    assert len({port for port, _ in ports}) == len(ports)
    assert {setting for _, setting in ports} == set(PORT_SETTINGS)


def test_every_process_that_is_needed_exists(settings: Settings) -> None:
    processes = all_processes(settings)
    names = [process.name for process in processes]
    assert len(set(names)) == len(names)
    assert {need for process in processes for need in process.needs} <= set(names)


def test_every_service_that_follows_a_topic_has_a_worker_and_keeps_its_state(
    settings: Settings,
) -> None:
    workers = {one.service for one in all_processes(settings) if one.layer is Layer.WORKERS}
    followers = {service for topic in TOPICS for service in topic.followed_by}
    assert workers == followers
    assert followers - set(DATABASES) == {topic.written_by for topic in CHANGELOGS}


def test_only_a_service_with_a_database_is_given_of_one(settings: Settings) -> None:
    services = [one for one in all_processes(settings) if one.service]
    given = {one.service for one in services if "DATABASE_URL" in one.environment}
    assert given == set(DATABASES)


def test_every_package_that_is_run_is_installed(settings: Settings) -> None:
    services = [one for one in all_processes(settings) if one.layer is not Layer.INFRASTRUCTURE]
    for process in services:
        _, option, package = process.argv[:3]
        assert option == "-m"
        assert find_spec(package), f"{package} of {process.name} is not installed"


def test_the_second_instance_of_a_worker_differs_in_name_port_and_number(
    settings: Settings,
) -> None:
    first, second = pick(all_processes(settings), {"payment-worker", "payment-worker-2"})
    assert (first.port, second.port) == (18202, 18212)
    assert (first.environment["INSTANCE"], second.environment["INSTANCE"]) == ("1", "2")
    assert first.environment["DATABASE_URL"] == second.environment["DATABASE_URL"]


def test_only_those_who_may_open_personal_data_are_given_the_key(settings: Settings) -> None:
    services = {one.service for one in all_processes(settings) if "sealing_key" in secrets_of(one)}
    assert services == {"gateway", "shipping", "notifier"}
    services = {
        one.service or one.name
        for one in all_processes(settings)
        if "webhook_secret" in secrets_of(one)
    }
    assert services == {"payment", "psp"}


def test_secrets_are_reported_by_files_that_nobody_else_may_read(settings: Settings) -> None:
    settings = settings.model_copy(update={"redis_url": "redis://:pass@127.0.0.1:6379/0"})
    secrets = {secret for one in all_processes(settings) for secret in secrets_of(one).values()}
    assert len(secrets) == 3
    for one in all_processes(settings):
        text = " ".join((*one.argv, *one.environment.values()))
        assert not [secret for secret in secrets if secret in text]
    folder = settings.state_dir / "secrets"
    assert {path.stat().st_mode & 0o077 for path in folder.rglob("*")} == {0}


def test_a_secret_that_is_not_set_any_more_is_forgotten(settings: Settings) -> None:
    shared = settings.model_copy(update={"redis_url": "redis://127.0.0.1:6379/0"})
    for chosen, present in ((shared, True), (settings, False)):
        (gateway,) = pick(all_processes(chosen), {"gateway"})
        assert ("redis_url" in secrets_of(gateway)) == present


def secrets_of(process: Process) -> dict[str, str]:
    """What a process is told by file."""
    folder = process.environment.get("SECRETS_DIR")
    return {file.name: file.read_text() for file in Path(folder).iterdir()} if folder else {}


def test_the_sealing_key_is_made_once_and_is_private(settings: Settings) -> None:
    (first,) = pick(all_processes(settings), {"gateway"})
    (again,) = pick(all_processes(settings), {"gateway"})
    assert secrets_of(first)["sealing_key"] == secrets_of(again)["sealing_key"]
    assert (settings.state_dir / "sealing-key").stat().st_mode & 0o077 == 0


def test_spans_are_kept_here_unless_they_are_to_go_elsewhere(tmp_path) -> None:
    def of(**chosen: object) -> tuple[bool, set[str | None]]:
        processes = all_processes(load(state_dir=tmp_path, **chosen))
        told = {one.environment.get(ENDPOINT) for one in processes if one.service}
        assert {one.environment.get(ENDPOINT) for one in processes if not one.service} == {None}
        return "traces" in {one.name for one in processes}, told

    assert of() == (True, {"http://127.0.0.1:18018"})
    assert of(traces_port=4318) == (True, {"http://127.0.0.1:4318"})
    elsewhere = "https://collector.example:4318"
    assert of(otel_exporter_otlp_endpoint=elsewhere) == (False, {elsewhere})
    assert of(platform="compose") == (False, {None})


def test_a_key_goes_to_a_collector_elsewhere_and_not_to_our_own_store(tmp_path) -> None:
    def told(**chosen: object) -> set[str | None]:
        processes = all_processes(
            load(state_dir=tmp_path, otel_exporter_otlp_headers="k=v", **chosen)
        )
        return {one.environment.get(HEADERS) for one in processes if one.service}

    assert told() == {None}
    assert told(otel_exporter_otlp_endpoint="https://collector.example") == {"k=v"}


def test_no_process_needs_the_store_of_spans(settings: Settings) -> None:
    assert "traces" not in {need for one in all_processes(settings) for need in one.needs}


def test_an_unknown_process_is_refused_with_the_names_that_exist(settings: Settings) -> None:
    with pytest.raises(ValueError, match="no process is called paymant; there are: kafka, "):
        pick(all_processes(settings), {"paymant"})


def test_gateways_are_given_how_often_clients_may_ask_and_where_to_count(tmp_path) -> None:
    def settings_of(**chosen: object) -> dict[str, str]:
        (gateway,) = pick(all_processes(load(state_dir=tmp_path, **chosen)), ["gateway"])
        everything = {**gateway.environment, **secrets_of(gateway)}
        wanted = {"RATE_LIMIT_SCALE", "redis_url", "CORS_ORIGINS", "MAX_STREAMS_EACH"}
        return {name: value for name, value in everything.items() if name in wanted}

    usual = {"RATE_LIMIT_SCALE": "1.0", "MAX_STREAMS_EACH": "100"}
    assert settings_of() == usual
    shared = {"rate_limit_scale": 0.5, "redis_url": "redis://localhost/0"}
    changed = {"RATE_LIMIT_SCALE": "0.5", "redis_url": "redis://localhost/0"}
    assert settings_of(**shared) == usual | changed
    pages = {"CORS_ORIGINS": "https://shop.example"}
    assert settings_of(cors_origins=pages["CORS_ORIGINS"]) == usual | pages
    assert settings_of(max_streams_each=7) == usual | {"MAX_STREAMS_EACH": "7"}


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_not_chosen_is_as_the_gateway_has_it(name: str) -> None:
    assert Settings.model_fields[name].default == GatewaySettings.model_fields[name].default
