"""No HTTP client keeps cookies: what one system sets would be sent to others of the same host."""

import ast

from architecture.tree import ROOT, all_packages

JARS = {"AsyncClient": "cookies", "Client": "cookies", "ClientSession": "cookie_jar"}


def with_a_jar(source: str) -> list[int]:
    """The lines on which a client of httpx or aiohttp is made that is not told to keep no cookies."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and getattr(call.func.value, "id", None) in {"httpx", "aiohttp"}
        and call.func.attr in JARS
        and JARS[call.func.attr] not in {one.arg for one in call.keywords}
    ]


def test_no_client_keeps_cookies():
    found = {
        f"{file.relative_to(ROOT)}:{line}"
        for package in all_packages()
        if package.name != "testkit"
        for file in package.files()
        for line in with_a_jar(file.read_text())
    }
    assert found == set()


def test_one_that_does_is_found():
    assert with_a_jar("httpx.AsyncClient(timeout=1)\nhttpx.Client()\naiohttp.ClientSession()") == [
        1,
        2,
        3,
    ]
    assert with_a_jar("httpx.AsyncClient(cookies=jar)") == []
