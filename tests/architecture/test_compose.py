"""The containers are the same system as the native one: same processes, same ports, same choices."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from orderstream.platform import PROJECT_ROOT, Process, Settings, load, topology
from orderstream.platform.kafka_config import properties
from orderstream.platform.settings import PREFIX

COMPOSE = PROJECT_ROOT / "docker-compose.yml"
EXAMPLE = PROJECT_ROOT / ".env.example"
STORES = {"kafka", "postgres", "postbox"}
"""They come as images of somebody else, and are told what to do in their own words."""
ONLY_HERE = {"KAFKA_UI_PORT", "REDIS_URL"}
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
    return {process.name: process for process in topology(settings)}


def test_the_processes_are_the_native_ones(natively: dict[str, Process]) -> None:
    assert always(services()).keys() == natively.keys()


def test_ports_and_defaults_are_the_native_ones() -> None:
    fields = Settings.model_fields
    for name, default in VARIABLE.findall(COMPOSE.read_text()):
        if name in ONLY_HERE:
            continue
        assert name.lower() in fields, f"{PREFIX}{name} is no setting"
        native = fields[name.lower()].default
        if name not in {"SEED_FILE", "POSTGRES_PASSWORD"}:
            assert default == str(native).lower(), name


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


def test_a_service_is_told_what_it_is_told_natively(natively: dict[str, Process]) -> None:
    """The values differ, for containers have names; the secrets are files there."""
    known = {"SECRETS_DIR", "HTTP_HOST", "LOG_FORMAT"}  # the last two by the image
    secret = {"SEALING_KEY", "WEBHOOK_SECRET"}
    for name, service in always(services()).items():
        if name not in STORES:
            told = set(service["environment"]) | known | secret
            missing = natively[name].environment.keys() - told - {"INSTANCE"}
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


def test_the_example_lists_every_choice_with_its_default() -> None:
    shown = dict(re.findall(rf"^#{PREFIX}(\w+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))
    used = {name: default for name, default in VARIABLE.findall(COMPOSE.read_text()) if default}
    left_out = ONLY_HERE | {"SEED_FILE"}
    assert shown == {name: default for name, default in used.items() if name not in left_out}


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
