"""Subscriptions: a customer's addresses, made, read, given another secret and removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from privacy import Sealer
from sqlalchemy import RowMapping, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from notifier.models import webhook_deliveries, webhook_subscriptions
from notifier.webhooks.secrets import ROTATION_HOURS, new_secret

SUBSCRIPTIONS, DELIVERIES = webhook_subscriptions.c, webhook_deliveries.c
SHOWN = (SUBSCRIPTIONS.id, SUBSCRIPTIONS.url, SUBSCRIPTIONS.status, SUBSCRIPTIONS.created_at)


class ExistsError(Exception):
    """The customer is told at this address already."""


class TooManyError(Exception):
    """The customer has as many addresses as one may have."""


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The subscriptions of all customers; each sees only its own, `None` stands for what is not there."""

    engine: AsyncEngine
    sealer: Sealer
    most: int

    async def add(self, customer_id: str, url: str, host: str) -> Mapping[str, Any]:
        """Tell a customer at a host's address from now on; the answer alone has the secret.

        Raises:
            ExistsError: at this one the customer is told already.
            TooManyError: there are `most` already.
        """
        subscription_id, secret = f"whk_{uuid7().hex}", new_secret()
        async with self.engine.begin() as connection:
            # Two at once of one customer's would both find room for the last.
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:customer, 0))"),
                {"customer": customer_id},
            )
            urls = set(
                await connection.scalars(
                    select(SUBSCRIPTIONS.url).where(SUBSCRIPTIONS.customer_id == customer_id)
                )
            )
            if url in urls:
                raise ExistsError
            if len(urls) >= self.most:
                raise TooManyError
            row = await connection.execute(
                insert(webhook_subscriptions)
                .values(
                    id=subscription_id,
                    customer_id=customer_id,
                    url=url,
                    host=host,
                    secret=self.sealer.seal_secret(secret, subscription_id),
                )
                .returning(*SHOWN)
            )
            return {**row.mappings().one(), "secret": secret}

    async def of(self, customer_id: str) -> list[RowMapping]:
        """Return a customer's subscriptions, the oldest first."""
        query = select(*SHOWN).where(SUBSCRIPTIONS.customer_id == customer_id)
        async with self.engine.connect() as connection:
            found = await connection.execute(query.order_by(SUBSCRIPTIONS.id))
            return list(found.mappings())

    async def one(self, customer_id: str, subscription_id: str) -> RowMapping | None:
        """Return one of a customer's."""
        query = select(*SHOWN).where(*_whose(customer_id, subscription_id))
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).mappings().one_or_none()

    async def rotate(self, customer_id: str, subscription_id: str) -> Mapping[str, Any] | None:
        """Sign with a new secret as well from now on, and in a day with that alone."""
        secret = new_secret()
        changed = (
            update(webhook_subscriptions)
            .where(*_whose(customer_id, subscription_id))
            .values(
                previous_secret=SUBSCRIPTIONS.secret,
                previous_until=func.now() + text(f"interval '{ROTATION_HOURS} hours'"),
                secret=self.sealer.seal_secret(secret, subscription_id),
            )
            .returning(*SHOWN, SUBSCRIPTIONS.previous_until)
        )
        async with self.engine.begin() as connection:
            row = (await connection.execute(changed)).mappings().one_or_none()
        return None if row is None else {**row, "secret": secret}

    async def remove(self, customer_id: str, subscription_id: str) -> bool:
        """Tell nothing more there, and forget what was told; False if it is not there."""
        removed = delete(webhook_subscriptions).where(*_whose(customer_id, subscription_id))
        async with self.engine.begin() as connection:
            return (await connection.execute(removed)).rowcount == 1

    async def deliveries(
        self, subscription_id: str, limit: int, before: int | None
    ) -> list[RowMapping]:
        """Return what was sent or is to be sent, the newest first; `before` is a number of the log's."""
        query = select(webhook_deliveries).where(DELIVERIES.subscription_id == subscription_id)
        if before is not None:
            query = query.where(DELIVERIES.number < before)
        async with self.engine.connect() as connection:
            found = await connection.execute(query.order_by(DELIVERIES.number.desc()).limit(limit))
            return list(found.mappings())


def _whose(customer_id: str, subscription_id: str) -> tuple[Any, ...]:
    return SUBSCRIPTIONS.customer_id == customer_id, SUBSCRIPTIONS.id == subscription_id
