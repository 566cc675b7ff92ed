"""The whole system as a table: every process, where it listens, what it is told, what it needs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from stack import kafka, postgres
from stack.folders import Folders, write_whole
from stack.kafka import NAMES as BROKERS
from stack.keys import handed_over, sealing_key, webhook_secret
from stack.process import Layer, Process, broker_port
from stack.roles import DATABASES, STORES, api, latency, simulator, span_store, workers
from stack.settings import Settings

__all__ = ["DATABASES", "STORES", "all_processes", "infrastructure", "pick"]


def all_processes(settings: Settings) -> tuple[Process, ...]:
    """Return every process of the system."""
    psp, carrier, issuer = (
        f"http://{settings.host_of(name)}:{port}"
        for name, port in (
            ("psp", settings.psp_port),
            ("carrier", settings.carrier_port),
            ("issuer", settings.issuer_port),
        )
    )
    approval = {"APPROVAL_PERCENT": str(settings.psp_approval_percent)}
    secrets = Folders(settings.state_dir).secrets
    webhooks = handed_over(secrets / "webhooks", webhook_secret=webhook_secret(settings.state_dir))
    mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(settings.smtp_port)}
    key = {"sealing_key": sealing_key(settings.state_dir)}
    sealing = handed_over(secrets / "sealing", **key)
    counters = {"redis_url": settings.redis_url} if settings.redis_url else {}
    targets = {
        "WEBHOOK_PRIVATE_TARGETS": str(settings.webhook_private_targets).lower(),
        "WEBHOOK_PORTS": settings.webhook_ports,
    }
    jwks = {"JWKS_URL": f"{issuer}/.well-known/jwks.json"}
    currency = {"CURRENCY": settings.currency}
    grpc = settings.inventory_grpc_port
    return (
        *infrastructure(settings),
        *span_store(settings),
        simulator(
            settings, "psp", approval | latency(settings, "psp") | _receiver(settings) | webhooks
        ),
        simulator(settings, "carrier", latency(settings, "carrier")),
        simulator(settings, "issuer"),
        simulator(settings, "postbox", mail, more_ports={settings.smtp_port: "smtp_port"}),
        simulator(settings, "subscriber"),
        *workers(settings, "order"),
        *workers(settings, "payment", {"PROVIDER_URL": psp}, needs=("psp",)),
        *workers(settings, "inventory"),
        *workers(settings, "shipping", {"CARRIER_URL": carrier} | sealing, needs=("carrier",)),
        *workers(settings, "notifier", mail | sealing | targets, needs=("postbox",)),
        *workers(settings, "analytics", currency),
        api(settings, "order"),
        api(
            settings,
            "inventory",
            {"GRPC_PORT": str(grpc)},
            more_ports={grpc: "inventory_grpc_port"},
        ),
        api(settings, "payment", webhooks),
        api(settings, "notifier", sealing | targets),
        api(
            settings,
            "gateway",
            listings(Folders(settings.state_dir))
            | jwks
            | currency
            | handed_over(secrets / "gateway", **key, **counters)
            | _limits(settings),
            name="gateway",
            needs=("order-api", "inventory-api", "notifier-api", "issuer"),
        ),
    )


def _receiver(settings: Settings) -> dict[str, str]:
    """Return where the payment provider sends its webhooks."""
    url = f"http://127.0.0.1:{settings.payment_api_port}/webhooks/payments"
    return {"WEBHOOK_URL": url} if settings.psp_webhooks else {}


LIMITS = (
    "rate_limit_scale",
    "max_waiting_requests_each",
    "max_streams_each",
    "max_dashboards_each",
    "trace_ratio",
)


def _limits(settings: Settings) -> dict[str, str]:
    """Return how much one client may have of the gateway, and from which pages."""
    pages = {"CORS_ORIGINS": settings.cors_origins} if settings.cors_origins else {}
    return {name.upper(): str(getattr(settings, name)) for name in LIMITS} | pages


def infrastructure(settings: Settings) -> tuple[Process, ...]:
    """Return the brokers and the database server."""
    is_native = settings.platform == "native"
    user = postgres.unprivileged()
    return (
        *(_broker(settings, number) for number in range(1, settings.brokers + 1)),
        Process(
            name="postgres",
            layer=Layer.INFRASTRUCTURE,
            host=settings.host_of("postgres"),
            argv=postgres.command(settings) if is_native else (),
            ports={settings.postgres_port: "postgres_port"},
            speaks_http=False,
            user=user.pw_name if user else None,
            stop_signal="INT",  # a stop that does not wait until every client has left
            stop_as_group=False,  # it tells its children itself
        ),
    )


def _broker(settings: Settings, number: int) -> Process:
    names = ("kafka_port", "kafka_controller_port")
    return Process(
        name=BROKERS[number - 1],
        layer=Layer.INFRASTRUCTURE,
        host=settings.host_of(BROKERS[number - 1]),
        argv=kafka.command(settings, number) if settings.platform == "native" else (),
        environment=kafka.LOCALE,
        folder=BROKERS[number - 1],
        ports={broker_port(getattr(settings, name), number): name for name in names},
        instance=number,
        speaks_http=False,
    )


def pick(processes: Sequence[Process], names: Collection[str]) -> tuple[Process, ...]:
    """Return some of the processes, by name.

    Raises:
        ValueError: a name is none of theirs.
    """
    unknown = set(names) - {process.name for process in processes}
    if unknown:
        known = ", ".join(process.name for process in processes)
        raise ValueError(f"no process is called {', '.join(sorted(unknown))}; there are: {known}")
    return tuple(process for process in processes if process.name in names)


LISTED: Mapping[str, str] = {
    "order_api_port": "http://127.0.0.1:{}",
    "inventory_api_port": "http://127.0.0.1:{}",
    "notifier_api_port": "http://127.0.0.1:{}",
    "inventory_grpc_port": "127.0.0.1:{}",
}
"""The form of an address, by the setting of its port; each has a file of its own."""
HEALTH = "health"
"""The file of every process that can be asked whether it is ready: `NAME=URL`, one a line."""


def listings(folders: Folders) -> dict[str, str]:
    """Return what the gateway is told of the files: `ORDER_API_URLS` and so on."""
    return {
        f"{setting.removesuffix('_port').upper()}_URLS": f"file:{folders.listing(setting)}"
        for setting in (*LISTED, HEALTH)
    }


def write_listings(folders: Folders, processes: Iterable[Process]) -> None:
    """List the instances among these processes, and how to ask each process, one a line."""
    there = list(processes)
    ports = [item for process in there for item in process.ports.items()]
    for setting, form in LISTED.items():
        lines = [form.format(port) for port, moved_by in ports if moved_by == setting]
        _write(folders.listing(setting), lines)
    asked = [f"{one.name}={one.health_url}" for one in there if one.health_url]
    _write(folders.listing(HEALTH), asked)


def _write(file: Path, lines: Iterable[str]) -> None:
    file.parent.mkdir(exist_ok=True)
    write_whole(file, "".join(f"{line}\n" for line in lines))
