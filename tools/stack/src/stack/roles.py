"""How each kind of process is run, and what every process of that kind is told."""

import sys
from dataclasses import replace

from stack.folders import Folders
from stack.process import Layer, Process, nth_port
from stack.settings import Settings

DATABASES = {
    "gateway": "gateway",
    "order": "orders",
    "payment": "payments",
    "inventory": "inventory",
    "shipping": "shipping",
    "notifier": "notifier",
}
"""The database of each service that has one; its role has the same name."""

STORES = ("kafka", "postgres")
LISTENING = ("HTTP_PORT", "GRPC_PORT")
"""What tells a process where to listen: the instances of one have ports of their own."""


def service_environment(settings: Settings, service: str) -> dict[str, str]:
    """Return what every process of a service is told, whatever its role."""
    told = {"KAFKA_BOOTSTRAP": settings.kafka_bootstrap, **_logging(settings)}
    if settings.otlp_endpoint:
        told["OTEL_EXPORTER_OTLP_ENDPOINT"] = settings.otlp_endpoint
    if settings.otel_exporter_otlp_headers is not None and not settings.keeps_traces:
        told["OTEL_EXPORTER_OTLP_HEADERS"] = settings.otel_exporter_otlp_headers.get_secret_value()
    if service in DATABASES:
        told["DATABASE_URL"] = settings.database_url(DATABASES[service])
        told["FAULT_PLANS"] = str(settings.fault_plans).lower()
    return told


def simulator(
    settings: Settings,
    name: str,
    environment: dict[str, str] | None = None,
    more_ports: dict[int, str] | None = None,
) -> Process:
    """Return a stand-in for the outside world, with books of its own."""
    setting = f"{name}_port"
    port = getattr(settings, setting)
    folder = Folders(settings.state_dir).data / name
    common = {"HTTP_PORT": str(port), "DATA_DIR": str(folder), **_logging(settings)}
    return Process(
        name=name,
        host=settings.host_of(name),
        layer=Layer.SIMULATORS,
        argv=(sys.executable, "-m", name),
        ports={port: setting} | (more_ports or {}),
        environment=common | (environment or {}),
    )


def span_store(settings: Settings) -> list[Process]:
    """Return the store of the system's spans, unless they go elsewhere; no process needs it."""
    if not settings.keeps_traces:
        return []
    told = {
        "HTTP_PORT": str(settings.traces_port),
        "DATA_DIR": str(Folders(settings.state_dir).data / "traces"),
        "MAX_MB": str(settings.traces_max_mb),
        **_logging(settings),
    }
    return [
        Process(
            name="traces",
            host=settings.host_of("traces"),
            layer=Layer.OBSERVABILITY,
            argv=(sys.executable, "-m", "traces", "serve"),
            ports={settings.traces_port: "traces_port"},
            environment=told,
        )
    ]


def workers(
    settings: Settings,
    service: str,
    environment: dict[str, str] | None = None,
    needs: tuple[str, ...] = (),
) -> list[Process]:
    """Return the instances of a service's worker: same group, same database if it has one, own ports."""
    setting = f"{service}_worker_port"
    port = getattr(settings, setting)
    common = service_environment(settings, service) | {"HTTP_PORT": str(port), "INSTANCE": "1"}
    first = Process(
        name=f"{service}-worker",
        host=settings.host_of(f"{service}-worker"),
        layer=Layer.WORKERS,
        argv=(sys.executable, "-m", service, "worker"),
        ports={port: setting},
        environment=common | (environment or {}),
        needs=(*(STORES if service in DATABASES else ("kafka",)), *needs),
        service=service,
    )
    return [instance(first, number) for number in range(1, settings.instances + 1)]


def instance(first: Process, number: int) -> Process:
    """Another instance of a process: told the same, with ports and a number of its own."""
    if number == 1:
        return first
    own = {
        name: str(nth_port(int(first.environment[name]), number))
        for name in LISTENING
        if name in first.environment
    }
    return replace(
        first,
        name=f"{first.name}-{number}",
        ports={nth_port(port, number): setting for port, setting in first.ports.items()},
        environment={**first.environment, **own, "INSTANCE": str(number)},
        instance=number,
    )


def api(
    settings: Settings,
    service: str,
    environment: dict[str, str] | None = None,
    name: str | None = None,
    needs: tuple[str, ...] = (),
    *,
    more_ports: dict[int, str] | None = None,
) -> Process:
    """Return the side of a service that answers questions."""
    name = name or f"{service}-api"
    setting = f"{name.replace('-', '_')}_port"
    port = getattr(settings, setting)
    common = service_environment(settings, service) | {"HTTP_PORT": str(port), "INSTANCE": "1"}
    return Process(
        name=name,
        host=settings.host_of(name),
        layer=Layer.APIS,
        argv=(sys.executable, "-m", service, "api"),
        ports={port: setting} | (more_ports or {}),
        environment=common | (environment or {}),
        needs=(*STORES, *needs),
        service=service,
    )


def latency(settings: Settings, who: str) -> dict[str, str]:
    """Return how long a part of the outside world takes to answer."""
    return {
        "SEED": str(settings.seed),
        "LATENCY_MS_MIN": str(getattr(settings, f"{who}_latency_ms_min")),
        "LATENCY_MS_MAX": str(getattr(settings, f"{who}_latency_ms_max")),
    }


def _logging(settings: Settings) -> dict[str, str]:
    # What goes into files is read by programs; what a terminal shows of it is up to `orderstream logs`.
    return {"LOG_LEVEL": settings.log_level, "LOG_FORMAT": "json"}
