"""What the notifier needs to know besides what every service does."""

from privacy import SealingKey
from pydantic import Field
from servicekit import AskingSettings, ServiceSettings
from servicekit.listed_ports import USUAL, ListedPorts, ports_of

from notifier.webhooks.targets import Targets


class WebhookSettings(ServiceSettings):
    """`SEALING_KEY` seals the secrets that webhooks are signed with.

    With `WEBHOOK_PRIVATE_TARGETS` they may go to private networks, without TLS, to any port: for test
    beds. In production that stays off, for a customer must not reach our own
    network; and of public hosts no port but `WEBHOOK_PORTS`, with commas between, or `any`.
    """

    sealing_key: SealingKey
    webhook_private_targets: bool = False
    webhook_ports: ListedPorts = USUAL

    @property
    def targets(self) -> Targets:
        """Where webhooks may go."""
        return Targets(self.webhook_private_targets, ports_of(self.webhook_ports))


class NotifierSettings(WebhookSettings, AskingSettings):
    """`SMTP_HOST` and `SMTP_PORT` name the mail server, `SEALING_KEY` opens the customer's address."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=18025, ge=1, le=65535)


class NotifierApiSettings(WebhookSettings):
    """A customer may have `MAX_WEBHOOKS` addresses."""

    max_webhooks: int = Field(5, ge=0)
