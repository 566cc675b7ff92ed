"""Examples of what is sent and answered, each valid against its schema: a test holds them to that."""

from collections.abc import Mapping
from typing import Any

from fault_injection import CATALOGUE

from gateway.problems.problem import PROBLEM_TYPES

_ID = "ord_0193654bd1c87c6e8a0f4a1b2c3d4e5f"
_HERE = f"/v1/orders/{_ID}"
_WEBHOOK_ID = "whk_0193654bd1c87c6e8a0f4a1b2c3d4e5f"
_WEBHOOK: Mapping[str, Any] = {
    "id": _WEBHOOK_ID,
    "url": "https://shop.example.com/hooks/orders",
    "status": "active",
    "created_at": "2026-11-25T12:00:00.000000Z",
    "links": {
        "self": f"/v1/webhooks/{_WEBHOOK_ID}",
        "deliveries": f"/v1/webhooks/{_WEBHOOK_ID}/deliveries",
    },
}
_NEW_WEBHOOK: Mapping[str, Any] = {
    **_WEBHOOK,
    "secret": "whsec_c2hvd24gb25jZSBhbmQgbmV2ZXIgYWdhaW4=",
}
_TICKET = "kV0fE3n7mQXcT1yZbLr8sW2uJ5hGdPaO"
_CAKESTAND: Mapping[str, Any] = {
    "sku": "22423",
    "name": "Cakestand",
    "unit_price": {"amount": 1275, "currency": "GBP"},
    "links": {"self": "/v1/products/22423"},
}
_ACCEPTED: Mapping[str, Any] = {
    "id": _ID,
    "status": "accepted",
    "customer_id": "cus_1",
    "lines": [{"sku": "22423", "name": "Cakestand", "quantity": 2, "unit_price": 1275}],
    "total": {"amount": 2550, "currency": "GBP"},
    "placed_at": "2026-11-25T12:00:00.000000Z",
    "version": 0,
    "links": {"self": _HERE, "cancel": f"{_HERE}/cancel"},
}
_COMPLETED: Mapping[str, Any] = {
    **_ACCEPTED,
    "status": "completed",
    "reason": None,
    "tracking_code": "EZ1000000001",
    "cancellation_refused": False,
    "final_at": "2026-11-25T12:00:00.210000Z",
    "version": 5,
    "history": [],
    "links": {"self": _HERE},
}
_STEPS = ("accepted", "authorized", "reserved", "shipped", "completed")
_HISTORY = [
    {
        "sequence": number,
        "status": status,
        "reason": None,
        "changed_at": f"2026-11-25T12:00:00.{number * 42:03}000Z",
    }
    for number, status in enumerate(_STEPS, 1)
]
_DECLINE = CATALOGUE["decline"]
_BAD_QUERY = PROBLEM_TYPES["invalid_query"]
_KIND: Mapping[str, Any] = {
    "code": "invalid_query",
    "status": _BAD_QUERY.status,
    "title": _BAD_QUERY.title,
    "cause": _BAD_QUERY.cause,
    "advice": _BAD_QUERY.advice,
}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "an_order": {
        "lines": [{"sku": "22423", "quantity": 2}],
        "payment": {"token": "tok_visa"},
        "recipient": {
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "street": "12 St James's Square",
            "city": "London",
            "postcode": "SW1Y 4JH",
            "country": "GB",
        },
        "expected_total": {"amount": 2550, "currency": "GBP"},
    },
    "ticket_request": {"path": f"{_HERE}/events"},
    "ticket": {
        "ticket": _TICKET,
        "expires_at": "2026-11-25T12:00:30.000000Z",
        "url": f"{_HERE}/events?ticket={_TICKET}",
    },
    "webhook_request": {"url": _WEBHOOK["url"]},
    "webhook": _WEBHOOK,
    "webhooks": {"data": [_WEBHOOK]},
    "new_webhook": _NEW_WEBHOOK,
    "rotated_webhook": {**_NEW_WEBHOOK, "previous_until": "2026-11-26T12:00:00.000000Z"},
    "webhook_deliveries": {
        "data": [
            {
                "id": "msg_5f0c6c1a0c1f4c0e9d8f3a2b1c0d9e8f",
                "order_id": _ID,
                "sequence": 4,
                "status": "pending",
                "attempts": 1,
                "response_status": 503,
                "error": "answered 503",
                "created_at": "2026-11-25T12:00:00.200000Z",
                "next_try_at": "2026-11-25T12:00:05.400000Z",
                "finished_at": None,
            }
        ],
        "has_more": True,
        "next_cursor": 17,
    },
    "order_accepted": _ACCEPTED,
    "order_completed": {**_COMPLETED, "history": _HISTORY},
    "orders": {"data": [_COMPLETED], "has_more": True, "next_cursor": _ID},
    "product": _CAKESTAND,
    "availability": {
        "sku": "22423",
        "available": 17,
        "as_of": "2026-11-25T09:30:00.250000Z",
        "links": {
            "self": "/v1/products/22423/availability",
            "product": "/v1/products/22423",
        },
    },
    "products": {"data": [_CAKESTAND], "has_more": True, "next_cursor": "22423"},
    "fault_plan": {"plan": _DECLINE.name},
    "fault_plan_attached": {"idempotency_key": "mine-1", "plan": _DECLINE.name},
    "fault_plans": {
        "plans": [{"name": _DECLINE.name, "does": _DECLINE.does, "ends": _DECLINE.end}],
        "attached": [
            {
                "idempotency_key": "mine-1",
                "plan": _DECLINE.name,
                "attached_at": "2026-11-25T12:00:00Z",
                "order_id": None,
            }
        ],
    },
    "index": {"service": "gateway", "links": {"orders": "/v1/orders"}},
    "problem_kind": _KIND,
    "problem_kinds": {"data": [_KIND]},
    "alive": {"status": "ok"},
    "ready": {"ready": True, "degraded": [], "checks": {"database": "ok", "kafka": "ok"}},
    "not_ready": {
        "ready": False,
        "degraded": ["kafka"],
        "checks": {"database": "no answer within 2 s", "kafka": "no answer within 2 s"},
    },
}


def example(name: str) -> dict[str, dict[str, str]]:
    """Return the place of an example, as one that a body may have.

    Raises:
        KeyError: there is no such example.
    """
    if name not in EXAMPLES:
        raise KeyError(name)
    return {name: {"$ref": f"#/components/examples/{name}"}}
