"""What is promised of how much there is of a product."""

from datetime import datetime

from events import Sku
from pydantic import BaseModel, Field

from gateway.contract.operation import Answer, operation


class AvailabilityLinks(BaseModel):
    """Where this is found, and the product that it is about."""

    self: str
    product: str


class Availability(BaseModel):
    """The units of a product that an order could have had at a moment."""

    sku: Sku
    available: int = Field(ge=0)
    as_of: datetime
    links: AvailabilityLinks


READ_AVAILABILITY = operation(
    Answer(status=200, says="The units.", model=Availability, example="availability"),
    refuses=("invalid_query", "product_not_found"),
)
