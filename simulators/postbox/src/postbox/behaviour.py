"""Bad behaviour of a mail server, on request."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class MailBehaviour(BaseModel):
    """The postbox's switches; `…_next` counts down with each message it strikes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay_ms: int = Field(0, ge=0, description="time to accept or refuse a message, ms")
    refuse_next: int = Field(0, ge=0, description="refuse so many messages with `refuse_code`")
    refuse_code: Literal[421, 451] = Field(
        451, description="451 (normal): this one failed, try again; 421: so too, and hang up"
    )
    lose_answer_next: int = Field(
        0, ge=0, description="keep so many messages, then hang up without a word: unknown result"
    )
