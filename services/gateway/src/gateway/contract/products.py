"""What is promised of products: their documents, and what each endpoint answers."""

from events import Money, Sku
from pydantic import BaseModel

from gateway.contract.operation import Answer, operation


class ProductLinks(BaseModel):
    """Where the product is found."""

    self: str


class Product(BaseModel):
    """A product as it is sold."""

    sku: Sku
    name: str
    unit_price: Money
    links: ProductLinks


class ProductPage(BaseModel):
    """Products in the order of their SKUs; `next_cursor` is the `starting_after` of the next page."""

    data: list[Product]
    has_more: bool
    next_cursor: Sku | None


CACHED = ("ETag", "Cache-Status", "Age")
UNCHANGED = Answer(status=304, says="As the client has it.", headers=CACHED)

LIST_PRODUCTS = operation(
    Answer(
        status=200,
        says="A page of products.",
        model=ProductPage,
        example="products",
        headers=("Link", *CACHED),
    ),
    UNCHANGED,
    takes=("If-None-Match",),
)
READ_PRODUCT = operation(
    Answer(status=200, says="The product.", model=Product, example="product", headers=CACHED),
    UNCHANGED,
    takes=("If-None-Match",),
    refuses=("product_not_found",),
)
