"""The tables of webhooks: who wants to be told where, and what was told."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)


def subscriptions_table(metadata: MetaData) -> Table:
    """Return the table of addresses at which customers want to be notified. Secrets are sealed.

    `host` is that of the URL, of all ways to write it one. The previous secret signs beside the present one until `previous_until`.
    """
    return Table(
        "webhook_subscriptions",
        metadata,
        Column("id", Text, primary_key=True),
        Column("customer_id", Text, nullable=False),
        Column("url", Text, nullable=False),
        Column("host", Text, nullable=False, server_default=""),
        Column("status", Text, nullable=False, server_default="active"),
        Column("secret", Text, nullable=False),
        Column("previous_secret", Text),
        Column("previous_until", DateTime(timezone=True)),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        UniqueConstraint("customer_id", "url", name="webhook_subscriptions_customer_id_url_key"),
    )


def deliveries_table(metadata: MetaData) -> Table:
    """Return the table of webhooks: a row waits to be sent, then it is the log of how that went.

    `number` orders them; `due_at` is when the next try may be made.
    """
    table = Table(
        "webhook_deliveries",
        metadata,
        Column("id", Text, primary_key=True),
        Column("number", BigInteger, Identity(), nullable=False),
        Column(
            "subscription_id",
            Text,
            ForeignKey("webhook_subscriptions.id", ondelete="CASCADE"),
            nullable=False,
        ),
        Column("order_id", Text, nullable=False),
        Column("sequence", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("traceparent", Text),
        Column("status", Text, nullable=False, server_default="pending"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("response_status", Integer),
        Column("error", Text),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("finished_at", DateTime(timezone=True)),
    )
    Index("webhook_deliveries_by_subscription", table.c.subscription_id, table.c.number)
    Index(
        "webhook_deliveries_waiting",
        table.c.subscription_id,
        table.c.due_at,
        table.c.number,
        postgresql_where=text("status = 'pending'"),
    )
    Index(
        "webhook_deliveries_by_end",
        table.c.finished_at,
        postgresql_where=text("finished_at IS NOT NULL"),
    )
    return table
