"""Bad behaviour of a mail server, on request."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class MailBehaviour(BaseModel):
    """The postbox's switches; `…_next` counts down with each message it strikes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay_ms: int = Field(0, ge=0, description="time to accept or refuse a message, ms")
    refuse_next: int = Field(0, ge=0, description="refuse so many messages with `refuse_code`")
    refuse_code: int = Field(
        451,
        ge=400,
        le=599,
        description="451 (normal): not now, try again; 5xx: never; 421: not now, and hang up",
    )
    refuse_at: Literal["EHLO", "MAIL", "RCPT", "DATA"] = Field(
        "DATA",
        description="the step at which they are refused: EHLO (who was greeted before has to come "
        "again), MAIL, RCPT or DATA (normal)",
    )
    refuse_with: Literal["code", "garbage", "empty", "too_large"] = Field(
        "code",
        description="what is said: code (normal), or instead of it garbage, empty, too_large",
    )
    lose_answer_next: int = Field(
        0, ge=0, description="keep so many messages, then hang up without a word: unknown result"
    )
