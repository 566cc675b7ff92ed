"""The whole system as a table: every process, where it listens, what it is told, what it needs."""

import sys
from collections.abc import Collection, Sequence

from orderstream.platform import account, kafka, postgres
from orderstream.platform.folders import Folders
from orderstream.platform.keys import sealing_key
from orderstream.platform.process import Layer, Process
from orderstream.platform.settings import Settings

DATABASES = {
    "gateway": "gateway",
    "order": "orders",
    "payment": "payments",
    "inventory": "inventory",
    "shipping": "shipping",
    "notifier": "notifier",
}
"""The database of each service; its role has the same name."""

INSTANCE_STEP = 10
"""The second instance of a worker listens this many ports above the first."""

STORES = ("kafka", "postgres")


def topology(settings: Settings) -> tuple[Process, ...]:
    """Every process of the system."""
    psp, carrier, issuer = (
        f"http://127.0.0.1:{port}"
        for port in (settings.psp_port, settings.carrier_port, settings.issuer_port)
    )
    mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(settings.smtp_port)}
    sealing = {"SEALING_KEY": sealing_key(settings.state_dir)}
    jwks = {"JWKS_URL": f"{issuer}/.well-known/jwks.json"}
    order_api = {"ORDER_API_URL": f"http://127.0.0.1:{settings.order_api_port}"}
    return (
        *infrastructure(settings),
        _simulator(settings, "psp", _outcomes(settings) | _latency(settings, "psp")),
        _simulator(settings, "carrier", _latency(settings, "carrier")),
        _simulator(settings, "issuer"),
        _simulator(settings, "postbox", mail, more_ports={settings.smtp_port: "smtp_port"}),
        *_workers(settings, "order"),
        *_workers(settings, "payment", {"PROVIDER_URL": psp}, needs=("psp",)),
        *_workers(settings, "inventory"),
        *_workers(settings, "shipping", {"CARRIER_URL": carrier} | sealing, needs=("carrier",)),
        *_workers(settings, "notifier", mail | sealing, needs=("postbox",)),
        _api(settings, "order"),
        _api(settings, "inventory"),
        _api(
            settings,
            "gateway",
            order_api | jwks | sealing,
            name="gateway",
            needs=("order-api", "issuer"),
        ),
    )


def infrastructure(settings: Settings) -> tuple[Process, ...]:
    """The broker and the database server."""
    user = account.unprivileged()
    return (
        Process(
            name="kafka",
            layer=Layer.INFRASTRUCTURE,
            argv=kafka.command(settings),
            ports={
                settings.kafka_port: "kafka_port",
                settings.kafka_controller_port: "kafka_controller_port",
            },
            speaks_http=False,
        ),
        Process(
            name="postgres",
            layer=Layer.INFRASTRUCTURE,
            argv=postgres.command(settings),
            ports={settings.postgres_port: "postgres_port"},
            speaks_http=False,
            user=user.pw_name if user else None,
            stop_signal="INT",  # a stop that does not wait until every client has left
            stop_as_group=False,  # it tells its children itself
        ),
    )


def pick(processes: Sequence[Process], names: Collection[str]) -> tuple[Process, ...]:
    """Some of the processes, by name.

    Raises:
        ValueError: a name is none of theirs.
    """
    unknown = set(names) - {process.name for process in processes}
    if unknown:
        known = ", ".join(process.name for process in processes)
        raise ValueError(f"no process is called {', '.join(sorted(unknown))}; there are: {known}")
    return tuple(process for process in processes if process.name in names)


def service_environment(settings: Settings, service: str) -> dict[str, str]:
    """What every process of a service is told, whatever its role."""
    return {
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "DATABASE_URL": settings.database_url(DATABASES[service]),
        **_logging(settings),
    }


def _simulator(
    settings: Settings,
    name: str,
    environment: dict[str, str] | None = None,
    more_ports: dict[int, str] | None = None,
) -> Process:
    setting = f"{name}_port"
    port = getattr(settings, setting)
    folder = Folders(settings.state_dir).data / name
    common = {"HTTP_PORT": str(port), "DATA_DIR": str(folder), **_logging(settings)}
    return Process(
        name=name,
        layer=Layer.SIMULATORS,
        argv=(sys.executable, "-m", name),
        ports={port: setting} | (more_ports or {}),
        environment=common | (environment or {}),
    )


def _workers(
    settings: Settings,
    service: str,
    environment: dict[str, str] | None = None,
    needs: tuple[str, ...] = (),
) -> list[Process]:
    setting = f"{service}_worker_port"
    processes = []
    for instance in range(1, settings.instances + 1):
        port = getattr(settings, setting) + INSTANCE_STEP * (instance - 1)
        common = service_environment(settings, service) | {
            "HTTP_PORT": str(port),
            "INSTANCE": str(instance),
        }
        processes.append(
            Process(
                name=f"{service}-worker" if instance == 1 else f"{service}-worker-{instance}",
                layer=Layer.WORKERS,
                argv=(sys.executable, "-m", service, "worker"),
                ports={port: setting},
                environment=common | (environment or {}),
                needs=(*STORES, *needs),
                service=service,
                instance=instance,
            )
        )
    return processes


def _api(
    settings: Settings,
    service: str,
    environment: dict[str, str] | None = None,
    name: str | None = None,
    needs: tuple[str, ...] = (),
) -> Process:
    name = name or f"{service}-api"
    setting = f"{name.replace('-', '_')}_port"
    port = getattr(settings, setting)
    common = service_environment(settings, service) | {"HTTP_PORT": str(port), "INSTANCE": "1"}
    return Process(
        name=name,
        layer=Layer.APIS,
        argv=(sys.executable, "-m", service, "api"),
        ports={port: setting},
        environment=common | (environment or {}),
        needs=(*STORES, *needs),
        service=service,
    )


def _outcomes(settings: Settings) -> dict[str, str]:
    return {"APPROVAL_PERCENT": f"{settings.psp_approval_percent}"}


def _latency(settings: Settings, who: str) -> dict[str, str]:
    return {
        "SEED": str(settings.seed),
        "LATENCY_MS_MIN": str(getattr(settings, f"{who}_latency_ms_min")),
        "LATENCY_MS_MAX": str(getattr(settings, f"{who}_latency_ms_max")),
    }


def _logging(settings: Settings) -> dict[str, str]:
    return {"LOG_LEVEL": settings.log_level, "LOG_FORMAT": settings.log_format}
