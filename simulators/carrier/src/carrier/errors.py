"""EasyPost's error shapes."""

from simkit import Answer, Refused


def error_answer(
    status: int, code: str, message: str, errors: list[dict[str, str]] | None = None
) -> Answer:
    """Give EasyPost's error object: `{"error": {"code", "message", "errors"}}`."""
    return Answer(status, {"error": {"code": code, "message": message, "errors": errors or []}})


def undeliverable() -> Refused:
    """Refuse a parcel that cannot be delivered."""
    fault = {"field": "to_address", "message": "Address not found"}
    message = "Unable to deliver to this address."
    return Refused(error_answer(422, "ADDRESS.UNDELIVERABLE", message, [fault]))


def not_found(what: str) -> Refused:
    """Refuse a request about a shipment that does not exist."""
    return Refused(error_answer(404, "SHIPMENT.NOT_FOUND", f"No shipment has the {what}."))


def unavailable() -> Answer:
    """Give the answer of a carrier that is down: nothing was done, the request may be tried again."""
    message = "The service is unavailable. Try again in a little bit."
    return error_answer(503, "SERVICE_UNAVAILABLE", message)


def internal_error() -> Answer:
    """Give the carrier's own failure: nothing was done, the request may be tried again."""
    message = "We're sorry, something went wrong. Try again in a little bit."
    return error_answer(500, "INTERNAL_SERVER_ERROR", message)
