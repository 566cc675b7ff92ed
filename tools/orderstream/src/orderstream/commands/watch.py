"""`orderstream watch`: one order's changes as they happen."""

from typing import Annotated

import typer

from orderstream.client import GatewayClient
from orderstream.naming import HELP, find_order_id
from orderstream.platform import System
from orderstream.shop import in_shop
from orderstream.tables import console
from orderstream.watching import watch

EXAMPLES = ("watch last", "watch 3f9a2c11")


def run(order: Annotated[str, typer.Argument(help=HELP)]) -> None:
    """Show how an order came where it is, and then each change as it happens, until it has ended.

    Follows the gateway's live stream, and takes it up again where it breaks off. Ctrl-C leaves.
    """

    async def follow(_: System, gateway: GatewayClient) -> None:
        document = await gateway.get(await find_order_id(gateway, order))
        console().print(f"[bold]{document['id']}[/]", highlight=False)
        await watch(gateway, document)

    in_shop(follow)
