"""The page on slow orders shows what its commands print of an order that is slow on purpose."""

import asyncio
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from e2e.asking import Run, command_line
from e2e.shop import Shop
from testkit.waiting import until

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "find-out-why-an-order-is-slow.md").read_text()
PLACED = re.compile(r"^```sh\norderstream (order .*)\n```", re.MULTILINE)
SHOWN = re.compile(r"^```text\n\$ (.*)\n((?:.*\n)+?)```", re.MULTILINE)
ORDER = re.compile(r"ord_[0-9a-f]{32}")
SKU, LAST = "85123A", "last"
NUMBER = re.compile(r"[0-9a-f]{32}|[\d,.:+]*\d")
DRAWN = re.compile(r"[>│├└…]")
"""What differs from order to order: which effect comes first, and what is on the slowest path."""
INSTANCE = re.compile(r"(?<=-worker)-\d+")


def pattern(line: str) -> re.Pattern[str]:
    """What a line of the page has to be found by: its words, whatever the numbers between them."""
    words = (re.escape(one) for one in NUMBER.sub("0", line).replace("…", " … ").split())
    return re.compile(r"\s*".join(words).replace("…", ".*"))


def as_compared(printed: str) -> list[str]:
    return [
        NUMBER.sub("0", DRAWN.sub(" ", INSTANCE.sub("", line))) for line in printed.splitlines()
    ]


def lacking(shown: str, printed: str) -> list[str]:
    """The lines of the page that were not printed, or not in this order."""
    left = iter(as_compared(printed))
    return [
        line
        for line in shown.splitlines()
        if not any(pattern(re.sub("[>│├└]", " ", line)).search(one) for one in left)
    ]


async def printed_by(run: Run, command: str, order_id: str) -> str:
    """What a command of the page prints, about this order instead of the newest."""
    program, *arguments = shlex.split(command)
    if program == "orderstream":
        named = [order_id if one == LAST else one for one in arguments]
        return (await run(*named)).stdout
    return await asyncio.to_thread(
        subprocess.check_output, [program, *arguments], cwd=ROOT, text=True
    )


async def assert_prints(run: Run, command: str, shown: str, order_id: str) -> None:
    """The command comes to print what the page shows of it."""
    missing: list[str] = []

    async def is_printed() -> bool:
        missing[:] = lacking(shown, await printed_by(run, command, order_id))
        return not missing

    try:
        await until(f"`{command}` prints what the page shows", is_printed)
    except AssertionError:
        assert missing == []
        raise


async def test_the_page_finds_out_why_its_order_is_slow(shop: Shop) -> None:
    run = command_line(shop)
    (placing,) = PLACED.findall(PAGE)
    placed = await run(*placing.replace(SKU, shop.product()).split())
    order_id = ORDER.findall(placed.stdout)[0]
    shop.placed.append(order_id)
    metrics, explained, *later = SHOWN.findall(PAGE)
    # What is said while it waits is asked first: it waits for 20 s.
    await assert_prints(run, *explained, order_id)
    await assert_prints(run, *metrics, order_id)
    await shop.end(order_id, "alice")
    for command, shown in later:
        await assert_prints(run, command, shown, order_id)
    (trace,) = json.loads((await run("trace", order_id, "--json")).stdout)["traces"][:1]
    spent = trace["spent_on_slowest_path_ms"]
    assert spent["between"] > sum(spent.values()) / 2


def test_a_line_that_is_not_printed_is_seen() -> None:
    printed = (
        "> 1,458  3 │ ├ shipping process inventory-updated  16+11+7+1\nbetween  21,144 ms  86 %\n"
    )
    assert lacking(printed.replace("1,458", "9"), printed) == []
    assert lacking("between 7 ms 9 %\noutside 1 ms 6 %\n", printed) == ["outside 1 ms 6 %"]
    assert lacking("between 7 ms 9 %\nshipping process …\n", printed) == ["shipping process …"]
