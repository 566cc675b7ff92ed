"""What the carrier answers, in EasyPost's words, and what its codes mean for a parcel.

See https://docs.easypost.com/docs/errors.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from messaging import Sort, Table
from pydantic import BaseModel, StringConstraints

ShipmentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
"""Goes into the paths of later requests."""
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
"""What customers are shown."""

CANCELLING: Table = {
    # About our account, and not about the order.
    (402, ""): Sort.TRY_AGAIN,
}
BOOKING: Table = {
    **CANCELLING,
    (422, "ADDRESS.UNDELIVERABLE"): Sort.NO,
}


class Bought(BaseModel):
    """A shipment whose label is bought."""

    id: ShipmentId
    carrier: Words
    tracking_code: Words


class Cancelled(BaseModel):
    """A shipment that will not be sent."""

    status: Literal["cancelled"]


class _Fault(BaseModel):
    field: str = ""
    message: str = ""


class _Error(BaseModel):
    code: str
    message: str = ""
    errors: Sequence[_Fault] = ()


class CarrierError(BaseModel):
    """EasyPost's error object."""

    error: _Error

    @property
    def names(self) -> Sequence[str]:
        """What the table may know it by."""
        return (self.error.code,)

    @property
    def message(self) -> str:
        """What the carrier says to people, with the fields that it is about."""
        faults = [f"{one.field}: {one.message}" for one in self.error.errors if one.message]
        unsaid = [fault for fault in faults if fault not in self.error.message]
        return "; ".join([self.error.message, *unsaid])
