"""A real process with a real server, as a service's `__main__` has it."""

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import httpx
import pytest
from testkit.waiting import TIMEOUT_S, blocking_until

pytestmark = pytest.mark.process

SHOP = """
import asyncio
from contextlib import asynccontextmanager

from servicekit import CannotStartError, Health, ServiceSettings, configure_logging, load_settings, main
from servicekit.api import serve
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def slow(request):
    print("asked for", request.query_params["seconds"], flush=True)
    await asyncio.sleep(float(request.query_params["seconds"]))
    return PlainTextResponse("done")

def lifespan(error):
    @asynccontextmanager
    async def run(app):
        if error:
            raise error
        yield
        print("closed", flush=True)
    return run

def run(error=None):
    settings = load_settings(ServiceSettings)
    configure_logging("shop", settings)
    serve(Starlette(routes=[Route("/slow", slow), *Health().routes()], lifespan=lifespan(error)), settings)

def api() -> None:
    run()

def closed() -> None:
    run(CannotStartError("the shop has no till"))

def bug() -> None:
    run(ZeroDivisionError("who counts here?"))

main("shop", None, api, closed, bug)
"""


@pytest.fixture
def start(environment):
    """Start `python -m shop ROLE`, with no more open files than told."""
    started: list[subprocess.Popen[str]] = []

    def run(role: str, files: int | None = None) -> subprocess.Popen[str]:
        limited = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh"] if files else []
        process = subprocess.Popen(
            [*limited, sys.executable, "-c", SHOP, role],
            env=os.environ | environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def shop(start, free_port):
    """A shop that answers, and its address."""
    process, url = start("api"), f"http://127.0.0.1:{free_port}/slow?seconds="

    def answers() -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{url}0").text == "done"
        return False

    blocking_until("the shop answers", answers)
    return process, url


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_stopped_closes_what_it_opened(shop, stop):
    process, _ = shop
    process.send_signal(stop)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert "serving" in out
    assert out.endswith("closed\n")
    assert "Traceback" not in out + err
    assert process.returncode in (0, -signal.SIGTERM)


def answers(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(url).status_code == 200
    return False


def test_health_is_reported_though_more_connections_come_than_files_may_be_open(start, free_port):
    start("api", files=1024)
    health = f"http://127.0.0.1:{free_port}/healthz"
    blocking_until("the shop answers", lambda: answers(health))
    with ExitStack() as idle:
        for count in range(1100):
            idle.enter_context(closing(socket.create_connection(("127.0.0.1", free_port))))
            if count % 100 == 0:
                assert answers(health)
        for _ in range(20):
            assert answers(health)


def test_a_process_that_may_open_hardly_any_file_says_so(start):
    _, err = start("api", files=400).communicate(timeout=TIMEOUT_S)
    assert "only 400 files may be open, and 600 have to" in err


def test_a_request_under_way_is_still_answered(shop):
    process, url = shop
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(httpx.get, f"{url}1")
        for line in process.stdout:
            if line == "asked for 1\n":
                break
        process.terminate()
        assert asking.result(timeout=TIMEOUT_S).text == "done"


def test_a_request_that_never_ends_does_not_keep_the_server(shop):
    process, url = shop
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{url}600", timeout=0.3)
    process.terminate()
    process.communicate(timeout=45)  # the request takes 60


def test_a_port_that_somebody_has_is_reported_in_one_line(shop, start, free_port):
    second = start("api")
    _, err = second.communicate(timeout=TIMEOUT_S)
    assert second.returncode == 2
    assert err == (
        f"python -m shop: cannot listen on 127.0.0.1:{free_port} (HTTP_HOST, HTTP_PORT): "
        "Address already in use\n"
    )


def test_an_application_that_cannot_start_says_why_without_a_traceback(start):
    closed = start("closed")
    out, err = closed.communicate(timeout=TIMEOUT_S)
    assert closed.returncode == 2
    assert err == "python -m shop: the shop has no till\n"
    assert "Traceback" not in out


def test_an_application_with_a_bug_shows_it(start):
    bug = start("bug")
    out, _ = bug.communicate(timeout=TIMEOUT_S)
    assert bug.returncode == 3
    assert "ZeroDivisionError: who counts here?" in out
