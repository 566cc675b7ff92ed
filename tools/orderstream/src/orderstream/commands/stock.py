"""`orderstream stock`: how many units of a product can be had."""

import asyncio
from typing import Annotated

import typer
from client import Document, GatewayClient, RefusedError
from rich.text import Text
from stack import System

from orderstream.errors import CommandError
from orderstream.formatting import console, moment, table
from orderstream.shop import in_shop

EXAMPLES = ("stock 85123A", "stock 85123A 22632")


def run(skus: Annotated[list[str], typer.Argument(metavar="SKU...", help="Products.")]) -> None:
    """Show how many units of products could be ordered now; what is set aside for others is not in it.

    The gateway is asked over HTTP, and asks inventory over gRPC.
    """
    found = in_shop(lambda system, gateway: _read(system, gateway, skus))
    shown = table("product", "available", "as of", right=("available",))
    for one in found:
        said = moment(one["as_of"]).astimezone()
        shown.add_row(Text(one["sku"]), str(one["available"]), f"{said:%H:%M:%S}")
    console().print(shown)


async def _read(_: System, gateway: GatewayClient, skus: list[str]) -> list[Document]:
    async def ask(sku: str) -> Document:
        try:
            return await gateway.availability(sku)
        except RefusedError as error:
            unknown = error.code == "product_not_found"
            raise CommandError(
                f"The shop does not sell {sku}." if unknown else f"{sku}: {error}"
            ) from None

    return await asyncio.gather(*map(ask, skus))
