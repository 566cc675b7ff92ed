from typing import Any

import pytest
from gateway.openapi.problem_pages import prefers_html, problem_page
from gateway.problems.problem import PROBLEM_TYPES

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize("accept", [BROWSER, "text/html", "TEXT/HTML;q=0.9, */*;q=0.1", "text/*"])
def test_who_names_html_first_gets_html(accept: str) -> None:
    assert prefers_html(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/json, text/html",
        "text/html;q=0.1, application/json",
        "text/html;q=0",
        "text/html;q=x",
        "image/png",
    ],
)
def test_everybody_else_gets_json(accept: str) -> None:
    assert not prefers_html(accept)


def test_a_page_escapes_what_it_says() -> None:
    page = problem_page(
        {"code": "c", "status": 400, "title": "<b>", "cause": "a & b", "advice": "<i>"}
    )
    assert "&lt;b&gt;" in page
    assert "a &amp; b" in page
    assert "<i>" not in page


@pytest.mark.kafka
@pytest.mark.postgres
async def test_a_browser_that_follows_a_type_reads_a_page(shop: Any) -> None:
    missing = await shop.http.get("/nowhere")
    where = missing.json()["type"]
    page = await shop.http.get(where, headers={"Accept": BROWSER})
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["vary"] == "Accept"
    assert PROBLEM_TYPES["not_found"].advice in page.text
    every = await shop.http.get("/problems", headers={"Accept": BROWSER})
    assert all(f'href="/problems/{code}"' in every.text for code in PROBLEM_TYPES)
    assert (await shop.http.get(where)).json()["cause"] == PROBLEM_TYPES["not_found"].cause
