"""The containers are the same system as the native one: same processes, same ports, same choices."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from launcher.environment import PREFIX, PROJECT_ROOT
from stack import Process, Settings, all_processes, load
from stack.kafka import properties

COMPOSE = PROJECT_ROOT / "docker-compose.yml"
EXAMPLE = PROJECT_ROOT / ".env.example"
ONLY_NATIVE = {"traces"}
"""In containers Jaeger takes its place, by a profile."""
STORES = {"kafka", "postgres", "postbox"}
"""They come as images of somebody else, and are told what to do in their own words."""
ONLY_HERE = {"KAFKA_UI_PORT", "JAEGER_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT"}
"""Read by compose alone."""
FOR_NO_FILE = ("/dev/null", "/run/")
OWN_DEFAULT = {
    "POSTGRES_PASSWORD": "orderstream",
    "KAFKA_UI_PORT": "18080",
    "JAEGER_PORT": "18086",
    "PROMETHEUS_PORT": "18090",
    "GRAFANA_PORT": "18030",
}
"""Natively there is none."""
PORT = re.compile(rf"\$\{{{PREFIX}(\w+_PORT):-\$\{{{PREFIX}PORT_PREFIX:-(\d\d)\}}(\d{{3}})\}}")
VARIABLE = re.compile(rf"\$\{{{PREFIX}(\w+?)(?::[-+]([^}}]*))?\}}")


def services() -> dict[str, dict[str, Any]]:
    composed: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return composed


def always(composed: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What `up` starts and keeps running: no jobs, nothing of a profile."""
    return {
        name: service
        for name, service in composed.items()
        if "profiles" not in service and service["restart"] == "unless-stopped"
    }


@pytest.fixture(scope="module")
def natively(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Process]:
    settings = load(state_dir=tmp_path_factory.mktemp("state"))
    return {process.name: process for process in all_processes(settings)}


def test_the_processes_are_the_native_ones(natively: dict[str, Process]) -> None:
    assert always(services()).keys() == natively.keys() - ONLY_NATIVE


def test_ports_and_defaults_are_the_native_ones() -> None:
    fields = Settings.model_fields
    for name, default in variables():
        if name in ONLY_HERE:
            continue
        assert name.lower() in fields, f"{PREFIX}{name} is no setting"
        if default and name not in OWN_DEFAULT and not default.startswith(FOR_NO_FILE):
            assert default == shown(fields[name.lower()].default), name


def test_one_prefix_moves_every_published_port_as_it_does_natively(tmp_path: Path) -> None:
    moved = load(state_dir=tmp_path, port_prefix=28)
    ports = PORT.findall(COMPOSE.read_text())
    assert {name for name, *_ in ports} == published()
    for name, _, last in ports:
        if name not in ONLY_HERE:
            assert f"28{last}" == str(getattr(moved, name.lower())), name


def published() -> set[str]:
    ports = [port for service in services().values() for port in service.get("ports", ())]
    return {found for port in ports for found in re.findall(rf"{PREFIX}(\w+_PORT):", port)}


def variables() -> list[tuple[str, str]]:
    """Every variable of the file, and its default if it has one."""
    text = PORT.sub(
        lambda found: f"${{{PREFIX}{found[1]}:-{found[2]}{found[3]}}}", COMPOSE.read_text()
    )
    return VARIABLE.findall(text)


def shown(default: object) -> str:
    """A default as it is written in a file."""
    if default is None:
        return ""
    if isinstance(default, Path):
        return str(default.relative_to(PROJECT_ROOT))
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_the_broker_is_configured_as_natively(tmp_path: Path) -> None:
    """But for where it listens and where its data lie."""
    native = assignments(properties(load(state_dir=tmp_path), 1))
    composed = assignments((PROJECT_ROOT / "images" / "kafka" / "server.properties").read_text())
    here = {name for name in native if "listener" in name or "voters" in name} | {"log.dirs"}
    of_containers = {"listener.security.protocol.map", "inter.broker.listener.name"}
    assert native.keys() == composed.keys() - of_containers
    assert {name: native[name] for name in native.keys() - here} == {
        name: composed[name] for name in native.keys() - here
    }


def assignments(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_a_service_is_given_what_it_is_given_natively(natively: dict[str, Process]) -> None:
    """The values differ, for containers have names; the secrets are files."""
    known = {"SECRETS_DIR", "HTTP_HOST", "LOG_FORMAT"}  # the last two by the image
    for name, service in always(services()).items():
        if name not in STORES:
            environment = set(service["environment"]) | known
            missing = natively[name].environment.keys() - environment - {"INSTANCE"}
            assert not missing, f"{name} is not told {missing}"


def test_every_port_is_published_to_this_machine_alone() -> None:
    for name, service in services().items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:${ORDERSTREAM_"), (name, port)


def test_every_container_has_limits_a_check_and_a_bounded_log() -> None:
    for name, service in services().items():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
        if service.get("restart") == "unless-stopped":
            assert {"mem_limit", "cpus"} <= service.keys(), name
            assert service["stop_grace_period"] == "10s", name
        elif "profiles" not in service:
            assert "mem_limit" in service, name


def test_no_profile_that_is_waited_for_has_a_check_disabled() -> None:
    """Compose takes a disabled check for a failure of `up --wait`; where there is none, running is enough."""
    for name, service in services().items():
        if {"observability", "grafana"} & set(service.get("profiles", ())):
            assert "disable" not in service.get("healthcheck", {}), name


def test_the_example_lists_every_choice_with_its_default() -> None:
    listed = re.findall(rf"^#{PREFIX}(\w+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    assert len(listed) == len(dict(listed))
    native = {name.upper(): shown(field.default) for name, field in Settings.model_fields.items()}
    assert dict(listed) == native | OWN_DEFAULT
    for name, default in variables():
        assert default in ("", dict(listed)[name]) or default.startswith(FOR_NO_FILE), name


def test_images_of_ours_are_built_and_never_asked_of_a_registry() -> None:
    ours = {
        name: one for name, one in services().items() if one["image"].startswith("orderstream/")
    }
    built = {one["image"] for one in ours.values() if "build" in one}
    for name, one in ours.items():
        assert one["pull_policy"] == ("build" if "build" in one else "never"), name
        assert one["image"] in built, name
    theirs = {one["image"] for one in services().values()} - {one["image"] for one in ours.values()}
    assert all(":" in image for image in theirs)


def test_a_password_is_given_as_it_is_and_stands_in_no_address() -> None:
    environments = [one.get("environment", {}) for one in services().values()]
    of_database = [one for one in environments if "DATABASE_URL" in one]
    assert all("$" not in one["DATABASE_URL"] for one in of_database)
    assert all(one["DATABASE_PASSWORD"].startswith("${") for one in of_database)


def test_an_image_is_made_of_the_package_that_it_is_named_after() -> None:
    for name, service in services().items():
        build = service.get("build")
        if build and build["target"] == "service":
            module = build["args"]["MODULE"]
            assert service["image"] == f"orderstream/{module}", name
            assert build["args"]["PACKAGES"] == f"orderstream-{module}", name
            assert _folder(module).is_dir(), name


def _folder(module: str) -> Path:
    (folder,) = PROJECT_ROOT.glob(f"*/{module}/src/{module}")
    return folder


def test_prometheus_reads_every_process_that_tells_its_metrics(
    natively: dict[str, Process],
) -> None:
    read = yaml.safe_load((PROJECT_ROOT / "observability/prometheus.yml").read_text())
    targets = {
        job["job_name"]: job["static_configs"][0]["targets"] for job in read["scrape_configs"]
    }
    ours = [one for one in natively.values() if one.name not in STORES | ONLY_NATIVE]
    assert sorted(targets["orderstream"]) == sorted(f"{one.name}:{one.port}" for one in ours)
    assert targets["audit"] == [f"audit:{Settings().audit_port}"]
    assert "audit" in services(), "without it the alert on what it finds never fires"
