"""Bad behaviour of a receiver, on request; each hook has answers of its own besides."""

from pydantic import ConfigDict, Field
from simkit import AnswerSwitches


class SubscriberBehaviour(AnswerSwitches):
    """The subscriber's switches, for all hooks alike."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay_ms: int = Field(0, ge=0, description="time to answer a webhook, ms")
    lose_answer_next: int = Field(
        0, ge=0, description="take so many webhooks, then cut the connection: unknown result"
    )
