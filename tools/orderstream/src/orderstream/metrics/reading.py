"""Reads the metrics of every process of the running system, all at once."""

import asyncio
from collections.abc import Iterable

import httpx
from prometheus_client.parser import text_string_to_metric_families
from stack import Process

from orderstream.metrics.judging import Sample

PATIENCE_S = 3.0


async def read_all(http: httpx.AsyncClient, processes: Iterable[Process]) -> list[Sample]:
    """Give every number, with its process as `service` and `instance`; `up` says who answers.

    The `service` is the same for all instances of a process.
    """
    asked = [process for process in processes if process.url]
    found = await asyncio.gather(*(_read(http, process) for process in asked))
    return [sample for samples in found for sample in samples]


async def _read(http: httpx.AsyncClient, process: Process) -> list[Sample]:
    labels = {"service": process.first_name, "instance": process.name}
    try:
        answer = await http.get(f"{process.url}/metrics", timeout=PATIENCE_S)
        answer.raise_for_status()
        told = [
            Sample(sample.name, labels | sample.labels, sample.value)
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        ]
    except (httpx.HTTPError, ValueError):
        return [Sample("up", labels, 0)]
    return [Sample("up", labels, 1), *told]
