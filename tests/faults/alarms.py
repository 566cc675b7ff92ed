"""Alerts that faults fire: each is seen while its fault lasts, and to be over once that is mended."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

import yaml
from e2e.shop import Shop
from launcher.environment import PROJECT_ROOT
from orderstream.metrics.alerts import ALERTS
from orderstream.metrics.judging import Judge, Raised, Sample
from orderstream.metrics.reading import read_all
from testkit.waiting import until

RULES = PROJECT_ROOT / "observability" / "alerts.yml"
AT_ONCE = tuple(replace(one, for_s=0) for one in ALERTS)
"""Limits are those of the rules; that a condition has to last, Prometheus' own tool tries."""
Look = Callable[[], Awaitable[Iterable[Sample]]]


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert and the trial that fired it; `seconds` from when it was looked for."""

    alert: str
    trial: str
    says: str
    seconds: float


def of_service(shop: Shop, service: str) -> Look:
    """What all instances of a service tell."""
    instances = [one for one in shop.system.processes if one.first_name == service]

    async def look() -> list[Sample]:
        return await read_all(shop.http, instances)

    return look


async def fired(alert: str, look: Look, trial: str) -> AlertRow:
    """Wait until an alert fires; gives its row."""
    judge, began = Judge(AT_ONCE), time.monotonic()

    async def fires() -> Raised | None:
        raised = judge.judge(await look(), time.monotonic())
        return next((one for one in raised if one.alert.name == alert and one.fires), None)

    found: Raised = await until(f"{alert} fires", fires)
    return AlertRow(alert, trial, found.summary, time.monotonic() - began)


async def over(alert: str, look: Look) -> None:
    """Wait until the condition of an alert is not met any more."""

    async def is_over() -> bool:
        raised = Judge().judge(await look(), time.monotonic())
        return alert not in {one.alert.name for one in raised}

    await until(f"{alert} is over", is_over)


def alerts_of_the_file() -> set[str]:
    """The alerts that Prometheus is given."""
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"] for rule in group["rules"]}


def words(test: str) -> str:
    """A test's name as the table has it."""
    name, _, case = test.removeprefix("test_").partition("[")
    return f"{name.replace('_', ' ')}{f' ({case[:-1]})' if case else ''}"
