"""`orderstream cancel`: ask to stop an order, as its customer."""

from typing import Annotated

import typer
from client import Document, GatewayClient, NotEndedError, RefusedError
from stack import System
from stack.hints import program

from orderstream.errors import CommandError
from orderstream.formatting import coloured, console, end, short
from orderstream.shop import HELP, find_order_id, in_shop

EXAMPLES = ("cancel last", "cancel 3f9a2c11 --wait   # until shipping has decided")


def run(
    order: Annotated[str, typer.Argument(help=HELP)],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the order has ended.")] = False,
) -> None:
    """Ask to stop an order, as its customer would. Whether it is too late, shipping decides.

    The exit code is 1 when it is refused; with --wait also when the order was completed after all.
    """
    document = in_shop(lambda system, gateway: _cancel(system, gateway, order, wait=wait))
    if document is None:
        console().print(f"Asked. How it ends: {program()} follow {order}")
        return
    console().print("It ended as", coloured(document["status"], end(document)))
    if document["status"] != "cancelled":
        raise typer.Exit(1)


async def _cancel(_: System, gateway: GatewayClient, named: str, *, wait: bool) -> Document | None:
    order_id = await find_order_id(gateway, named)
    customer = (await gateway.get(order_id))["customer_id"]
    try:
        await gateway.cancel(order_id, customer)
        return await gateway.wait_final(order_id) if wait else None
    except RefusedError as error:
        raise CommandError(f"{short(order_id)} cannot be cancelled: {error}") from None
    except NotEndedError as error:
        raise CommandError(str(error)) from None
