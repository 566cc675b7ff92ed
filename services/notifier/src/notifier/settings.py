"""What the notifier needs to know besides what every service does."""

from pydantic import Field
from servicekit import AskingSettings, SealingKey, ServiceSettings


class WebhookSettings(ServiceSettings):
    """`SEALING_KEY` seals the secrets that webhooks are signed with.

    With `WEBHOOK_PRIVATE_TARGETS` they may go to private networks and without TLS: for test beds. In
    production that stays off, for whoever names an address must not reach what is behind our doors.
    """

    sealing_key: SealingKey
    webhook_private_targets: bool = False


class NotifierSettings(WebhookSettings, AskingSettings):
    """`SMTP_HOST` and `SMTP_PORT` name the mail server, `SEALING_KEY` opens the customer's address."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=18025, ge=1, le=65535)


class NotifierApiSettings(WebhookSettings):
    """A customer may have `MAX_WEBHOOKS` addresses."""

    max_webhooks: int = Field(5, ge=0)
