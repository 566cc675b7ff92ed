"""What the carrier can be asked, with EasyPost's names."""

from pydantic import BaseModel, ConfigDict, Field


class Address(BaseModel):
    """Where the parcel goes; `zip` is the postal code of any country. More fields may be sent."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(min_length=1, max_length=200)
    street1: str = Field(min_length=1, max_length=200)
    city: str = Field(min_length=1, max_length=100)
    zip: str = Field(min_length=1, max_length=40)
    country: str = Field(pattern=r"^[A-Z]{2}$")


class Parcel(BaseModel):
    """What is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight_grams: int = Field(strict=True, gt=0, le=1_000_000)


class NewShipment(BaseModel):
    """Buy a label for one parcel at once; `reference` is the sender's order id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: str = Field(min_length=1, max_length=100)
    to_address: Address
    parcel: Parcel
    service: str = Field("standard", min_length=1, max_length=50)


class CancelByReference(BaseModel):
    """Cancel whatever was bought under the sender's order id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: str = Field(min_length=1, max_length=100)


class CancelById(BaseModel):
    """Cancel one shipment; there is nothing more to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)
