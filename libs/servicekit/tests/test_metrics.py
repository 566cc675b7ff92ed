"""Every process tells its numbers beside its health, in Prometheus' own format."""

import httpx
from prometheus_client.parser import text_string_to_metric_families
from servicekit import Health
from servicekit.metrics import PREFIX, Vocabulary, declared, only, registry
from starlette.applications import Starlette
from tracing import recorder


async def ask(**headers):
    transport = httpx.ASGITransport(Starlette(routes=Health().routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as http:
        return await http.get("/metrics", headers=headers)


async def test_metrics_are_beside_health():
    answer = await ask()
    assert answer.headers["content-type"].startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"python_info", "orderstream_spans_dropped"} <= names


async def test_openmetrics_is_answered_where_it_is_wanted():
    answer = await ask(accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_dropped_spans_are_counted(monkeypatch):
    monkeypatch.setattr(recorder, "dropped", 3)
    assert "orderstream_spans_dropped_total 3.0" in (await ask()).text


def test_a_gauge_shows_nothing_until_it_is_told_where_to_look():
    watched = Vocabulary("a test").gauge("test_height", "Of a test.", "of")
    try:
        assert registry.get_sample_value(f"{PREFIX}test_height", {"of": "tree"}) is None
        watched.show(lambda: {("tree",): 3})
        assert registry.get_sample_value(f"{PREFIX}test_height", {"of": "tree"}) == 3
        assert declared[f"{PREFIX}test_height"].labels == ("of",)
        assert only(2) == {(): 2}
    finally:
        registry.unregister(watched)
        del declared[f"{PREFIX}test_height"]
