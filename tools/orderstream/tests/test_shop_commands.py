"""The commands of the shop and the whole demo, on a whole system of their own."""

import asyncio
import gzip
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from orderstream import formatting
from orderstream.cli import app
from stack import System, find, free_ports, load, up, wipe
from stack.opening_stock import REAL_ORDERS
from testkit.waiting import TIMEOUT_S, until
from typer.testing import CliRunner, Result

Run = Callable[..., Awaitable[Result]]
pytestmark = [pytest.mark.system, pytest.mark.usefixtures("run")]


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("shop")
    quick = {"psp_latency_ms_max": 200, "carrier_latency_ms_max": 50}
    chosen = {"start_seconds": TIMEOUT_S, **quick}
    settings = load(state_dir=folder / "state", **chosen, **free_ports())
    try:
        yield await up(settings)
    finally:
        await wipe(settings.state_dir)


@pytest.fixture
def run(system: System, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command against the system, in a thread: a command has a loop of its own."""
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(system.settings.state_dir))
    return lambda *arguments: asyncio.to_thread(CliRunner().invoke, app, arguments)


async def order(run: Run, *arguments: str) -> str:
    result = await run("order", *arguments)
    assert result.exit_code == 0, result.output
    found = re.search(r"ord_[0-9a-f]{32}", result.output)
    assert found
    return found[0]


async def test_an_order_is_watched_until_it_is_completed(run: Run) -> None:
    result = await run("order", "85123Ax2", "22632")
    assert result.exit_code == 0, result.output
    assert "WHITE HANGING HEART" in result.output
    assert re.search(r"\+[\d,]+ ms accepted", result.output)
    assert re.search(r"\+[\d,]+ ms completed", result.output)
    assert "On its way as" in result.output


async def containing(word: str, asked: Awaitable[Result], times: int = 1) -> Result | None:
    """Give what a command says once it has a word so many times."""
    result = await asked
    return result if result.output.count(word) >= times else None


def test_orders_come_at_a_steady_rate_for_as_long_as_one_wants() -> None:
    with start("load", "--rate", "10", "--seconds", "2") as load:
        stdout, stderr = load.communicate()
    assert (load.returncode, stderr) == (0, "")
    assert stdout.splitlines()[-1] == "20 accepted"


def test_a_load_that_is_interrupted_says_what_was_accepted() -> None:
    with start("load", "--rate", "20") as load:
        assert load.stdout is not None
        while "accepted" not in (stdout := load.stdout.readline()):
            assert stdout, "it ended by itself"
        load.send_signal(signal.SIGINT)
        stdout, stderr = load.communicate()
    assert (load.returncode, stderr) == (130, "")
    assert re.fullmatch(r"\d+ accepted", stdout.splitlines()[-1])


def invoke(*arguments: str) -> Result:
    """Run in the main thread what minds Ctrl-C: signals come to no other."""
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def other_shop(tmp_path: Path) -> Path:
    """Orders of a shop whose products this one has never had, in a gzip."""
    rows = REAL_ORDERS.read_text().splitlines()[:40]
    other = "\n".join(
        row.replace(",", ",9", 1) if number else row for number, row in enumerate(rows)
    )
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(re.sub(r",9(\d{4})\d", r",9\1", other).encode()))
    return packed


def test_orders_of_another_shop_are_placed_again_and_again(other_shop: Path) -> None:
    load = invoke("load", "--file", str(other_shop), "--rate", "10", "--seconds", "1")
    assert (load.exit_code, load.stderr) == (0, "")
    assert load.stdout.splitlines()[-1] == "10 accepted"


def test_the_first_day_of_another_shop_is_replayed(other_shop: Path) -> None:
    demo = invoke("demo", "--file", str(other_shop), "--seconds", "1")
    assert demo.exit_code == 0, demo.output
    assert re.search(r"What became of the \d orders", demo.stdout)
    assert re.search(r"clean: \d+ rules hold, 0 in flight", demo.stdout)


async def test_the_changes_of_an_order_are_shown_afterwards_too(run: Run) -> None:
    order_id = await order(run, "85123A")
    result = await run("watch", order_id[-8:])
    assert result.exit_code == 0, result.output
    assert order_id in result.output
    assert result.output.index("accepted") < result.output.index("completed")


async def test_an_order_that_ends_otherwise_says_why(run: Run) -> None:
    declined = await run("order", "--random", "2", "--token", "tok_declined")
    assert "cancelled: payment declined" in declined.output
    undeliverable = await run("order", "--name", "UNDELIVERABLE Ann")
    assert "cancelled: cannot be delivered" in undeliverable.output


async def test_an_order_that_waits_for_an_operator_is_not_watched_any_longer(run: Run) -> None:
    result = await run("order", "--fault", "poison_at_shipping")
    assert result.exit_code == 1
    assert re.search(r"\+[\d,]+ ms held", result.output)
    assert "An operator has to act before it goes on." in result.stderr
    redriven = await run(
        "dead-letters", "redrive", "--service", "shipping", "--reason", "as planned"
    )
    assert redriven.exit_code == 0, redriven.output


async def test_stock_is_shown_and_what_the_shop_does_not_sell_is_named(run: Run) -> None:
    result = await run("stock", "85123A", "22632")
    assert result.exit_code == 0, result.output
    assert re.search(r" 85123A +\d+ +\d\d:\d\d:\d\d", result.output)
    assert re.search(r" 22632 +\d+ +\d\d:\d\d:\d\d", result.output)
    unknown = await run("stock", "NOPE-1")
    assert (unknown.exit_code, unknown.stderr) == (1, "The shop does not sell NOPE-1.\n")
    refused = await run("order", "85123A", "NOPE-1", "NOPE-2")
    assert (refused.exit_code, "not sell NOPE-1, NOPE-2." in refused.stderr) == (1, True)


async def test_a_followed_order_is_reported_from_its_placing_to_its_mail(run: Run) -> None:
    order_id = await order(run, "--customer", "bob")
    document = json.loads((await run("follow", "last", "--json")).stdout)
    names = [one["type"].split(".")[1] for one in document]
    assert names[0] == "OrderPlaced"
    assert {"PaymentCaptured", "StockCommitted", "ShippingInitiated"} <= set(names)
    ids = {one["id"] for one in document}
    assert all(one["causation_id"] in ids for one in document[1:])
    shown = await run("follow", order_id[-8:])
    assert order_id in shown.output
    assert "payment PaymentAuthorized" in shown.output
    assert "@example.com" not in shown.output


async def test_orders_are_listed_and_those_of_one_status_alone(run: Run) -> None:
    order_id = await order(run)
    assert order_id[-8:] in (await run("orders", "--limit", "1")).output
    assert order_id[-8:] not in (await run("orders", "--status", "cancelled")).output


async def test_nothing_is_cut_off_on_a_terminal_of_80_columns(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order(run)
    monkeypatch.setattr(formatting, "WIDTH_IN_A_PIPE", 80)
    for command in ("status", "topics", "faults", "mail", "orders"):
        shown = (await run(command)).output
        assert "…" not in shown, shown
        assert max(map(len, shown.splitlines())) <= 80, shown


async def test_an_order_is_stopped_in_time_and_refused_when_it_has_ended(run: Run) -> None:
    order_id = await order(run, "--no-wait", "--token", "tok_slow")
    stopped = await run("cancel", order_id, "--wait")
    assert (stopped.exit_code, "by its customer" in stopped.output) == (0, True)
    late_id = await order(run)
    late = await run("cancel", late_id)
    assert late.exit_code == 1
    assert "cannot be cancelled: The order has shipped" in late.stderr


async def test_the_mail_about_an_order_is_printed_and_all_mail_is_listed(run: Run) -> None:
    order_id = await order(run, "--customer", "carol")
    mail = await until("the mail has come", lambda: containing("To: ", run("mail", order_id)))
    assert "Subject: Your order is on its way" in mail.output
    (address,) = re.findall(r"^To: (\S+)", mail.output, re.MULTILINE)
    listed = await run("mail", "--to", address)
    assert listed.output.count(address) == 1
    assert order_id[-8:] in listed.output


async def test_a_customers_system_is_notified_and_the_log_says_how_that_went(
    run: Run, system: System
) -> None:
    hook = f"{system.url('subscriber')}/hooks/erin"
    none = await run("webhooks", "list", "--customer", "erin")
    assert "erin has none" in none.output
    webhook, secret, *_ = (
        await run("webhooks", "add", hook, "--customer", "erin")
    ).output.splitlines()
    async with httpx.AsyncClient(trust_env=False) as http:
        (await http.put(hook, json={"secrets": [secret]})).raise_for_status()
    order_id = await order(run, "--customer", "erin")
    deliveries = ("webhooks", "deliveries", webhook, "--customer", "erin")
    log = await until("all is sent", lambda: containing("delivered", run(*deliveries), times=5))
    assert log.output.count(order_id[-8:]) == log.output.count("delivered") == 5
    listed = await run("webhooks", "list", "--customer", "erin")
    assert webhook in listed.output
    assert "active" in listed.output
    rotated = await run("webhooks", "rotate", webhook, "--customer", "erin")
    assert secret not in rotated.output
    assert "signs as well until" in rotated.output
    removed = await run("webhooks", "remove", webhook, "--customer", "erin")
    assert removed.output == "Removed: nothing more is sent there.\n"


@pytest.mark.parametrize("named", ["whk_1", "not an id", "whk_" + "0" * 32])
async def test_a_subscription_that_is_not_there_is_reported_in_a_line(run: Run, named: str) -> None:
    refused = await run("webhooks", "rotate", named)
    assert refused.exit_code == 1
    assert refused.stderr == (
        "You have no such subscription: None of yours has this id: see GET /v1/webhooks.\n"
    )


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://shop.example.com/"])
async def test_where_no_webhook_can_go_is_reported_in_a_line(run: Run, url: str) -> None:
    refused = await run("webhooks", "add", url)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("No webhook can be sent there: ")
    assert refused.stderr.count("\n") == 1


async def test_a_token_is_printed_alone_and_opens_the_gateway(run: Run, system: System) -> None:
    async with httpx.AsyncClient(base_url=system.url("gateway"), trust_env=False) as http:
        for arguments, status in (((), 200), (("--scope", "orders:write"), 403)):
            token = (await run("token", "--customer", "dora", *arguments)).stdout.strip()
            headers = {"Authorization": f"Bearer {token}"}
            assert (await http.get("/v1/orders", headers=headers)).status_code == status
    refused = await run("token", "--customer", "")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("The token issuer refuses: sub")


@pytest.mark.parametrize("command", ["follow", "cancel", "mail"])
async def test_an_order_that_there_is_not_is_reported_in_one_line(run: Run, command: str) -> None:
    result = await run(command, "abcdef0123")
    assert result.exit_code == 1
    assert result.stderr.startswith("No order there is begins or ends with abcdef0123.")
    assert result.stderr.count("\n") == 1


def start(*arguments: str) -> subprocess.Popen[str]:
    """Only a process of its own can be interrupted."""
    command = [sys.executable, "-m", "orderstream", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_demo_replays_the_day_audits_it_and_leaves_what_was_up_running(system: System) -> None:
    with start("demo", "--seconds", "5") as demo:
        stdout, stderr = demo.communicate()
    assert demo.returncode == 0, stdout + stderr
    assert "The system is up already" in stdout
    assert "127/127 placed" in stdout
    assert "What became of the 127 orders" in stdout
    assert re.search(r"\b5 payment declined", stdout)
    assert re.search(r"clean: \d+ rules hold, 0 in flight", stdout)
    assert "@example.com" not in stdout
    assert find(system.settings.state_dir) == system


def test_an_interrupted_demo_says_so_and_leaves_what_was_up_running(system: System) -> None:
    with start("demo", "--seconds", "60") as demo:
        assert demo.stdout is not None
        while " placed:" not in (stdout := demo.stdout.readline()):
            assert stdout, "it ended by itself"
        demo.send_signal(signal.SIGINT)
        stdout, stderr = demo.communicate()
    assert (demo.returncode, stderr) == (130, "")
    assert "Interrupted: stopping" in stdout
    assert find(system.settings.state_dir) == system


def test_a_running_system_is_not_erased() -> None:
    demo = invoke("demo", "--fresh")
    assert (demo.exit_code, demo.stdout) == (1, "")
    assert demo.stderr == "The system is up. Before its data is erased: make down\n"
