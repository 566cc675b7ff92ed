"""The whole system as a table: every process, where it listens, what it is told, what it needs."""

from collections.abc import Collection, Sequence

from orderstream.platform import account, kafka, postgres
from orderstream.platform.folders import Folders
from orderstream.platform.kafka_config import NAMES as BROKERS
from orderstream.platform.keys import sealing_key, webhook_secret
from orderstream.platform.listing import listings
from orderstream.platform.process import Layer, Process, nth_port
from orderstream.platform.roles import DATABASES, STORES, api, latency, simulator, workers
from orderstream.platform.settings import Settings

__all__ = ["DATABASES", "STORES", "infrastructure", "pick", "topology"]


def topology(settings: Settings) -> tuple[Process, ...]:
    """Every process of the system."""
    psp, carrier, issuer = (
        f"http://{settings.host_of(name)}:{port}"
        for name, port in (
            ("psp", settings.psp_port),
            ("carrier", settings.carrier_port),
            ("issuer", settings.issuer_port),
        )
    )
    approval = {"APPROVAL_PERCENT": str(settings.psp_approval_percent)}
    webhooks = {"WEBHOOK_SECRET": webhook_secret(settings.state_dir)}
    mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(settings.smtp_port)}
    sealing = {"SEALING_KEY": sealing_key(settings.state_dir)}
    targets = {"WEBHOOK_PRIVATE_TARGETS": str(settings.webhook_private_targets).lower()}
    jwks = {"JWKS_URL": f"{issuer}/.well-known/jwks.json"}
    grpc = settings.inventory_grpc_port
    return (
        *infrastructure(settings),
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
        *workers(settings, "analytics"),
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
            listings(Folders(settings.state_dir)) | jwks | sealing | _limits(settings),
            name="gateway",
            needs=("order-api", "inventory-api", "notifier-api", "issuer"),
        ),
    )


def _receiver(settings: Settings) -> dict[str, str]:
    """Where the payment provider sends its webhooks."""
    url = f"http://127.0.0.1:{settings.payment_api_port}/webhooks/payments"
    return {"WEBHOOK_URL": url} if settings.psp_webhooks else {}


def _limits(settings: Settings) -> dict[str, str]:
    """How often clients may ask the gateway, and where that is counted."""
    shared = {"REDIS_URL": settings.redis_url} if settings.redis_url else {}
    return {"RATE_LIMIT_SCALE": str(settings.rate_limit_scale)} | shared


def infrastructure(settings: Settings) -> tuple[Process, ...]:
    """The brokers and the database server."""
    is_native = settings.platform == "native"
    user = account.unprivileged()
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
        ports={nth_port(getattr(settings, name), number): name for name in names},
        instance=number,
        speaks_http=False,
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
