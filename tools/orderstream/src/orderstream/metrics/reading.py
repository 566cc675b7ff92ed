"""Reads the metrics of every process of the running system, and of an audit beside it, all at once."""

import asyncio
from collections.abc import Iterable

import httpx
from prometheus_client.parser import text_string_to_metric_families
from stack import Process, System

from orderstream.metrics.judging import Sample

TIMEOUT_S = 3.0


async def read_all(http: httpx.AsyncClient, processes: Iterable[Process]) -> list[Sample]:
    """Give every number, with its process as `service` and `instance`; `up` says who answers.

    The `service` is the same for all instances of a process.
    """
    asked = [process for process in processes if process.url]
    found = await asyncio.gather(*(_read(http, process) for process in asked))
    return [sample for samples in found for sample in samples]


async def read_with_audit(http: httpx.AsyncClient, system: System) -> list[Sample]:
    """Give what the processes of a system tell, and what an audit on this machine does, if one runs."""
    labels = {"service": "audit", "instance": "audit"}
    url = f"http://127.0.0.1:{system.settings.audit_port}"
    processes, audit = await asyncio.gather(
        read_all(http, system.processes), _told(http, url, labels)
    )
    return [*processes, *(audit or [])]


async def _read(http: httpx.AsyncClient, process: Process) -> list[Sample]:
    labels = {"service": process.first_name, "instance": process.name}
    told = await _told(http, str(process.url), labels)
    return [Sample("up", labels, 0 if told is None else 1), *(told or [])]


async def _told(http: httpx.AsyncClient, url: str, labels: dict[str, str]) -> list[Sample] | None:
    """Give what is told at an address; None if nothing answers there, or what is no metrics."""
    try:
        answer = await http.get(f"{url}/metrics", timeout=TIMEOUT_S)
        answer.raise_for_status()
        return [
            Sample(sample.name, labels | sample.labels, sample.value)
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        ]
    except (httpx.HTTPError, ValueError):
        return None
