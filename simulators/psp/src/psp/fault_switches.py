"""The payment provider's switches: those of every HTTP simulator, and those of its webhooks."""

from simkit import Behaviour
from simkit.webhooks import WebhookSwitches


class PspBehaviour(Behaviour, WebhookSwitches):
    """How the payment provider may behave."""
