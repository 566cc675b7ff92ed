"""The subscriber's interface: hooks are made, sent webhooks, and read."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from simkit import LostAnswer, Switches, bad_answer, json_response
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook
from starlette.responses import Response

from subscriber.fault_switches import SubscriberBehaviour
from subscriber.hooks import Hooks

router = APIRouter(prefix="/hooks")
MAX_BYTES = 64 * 1024
ERROR = {"error": {"code": "refused"}}
Name = Annotated[str, Path(pattern="^[A-Za-z0-9_.-]{1,64}$")]


def _is_secret(secret: str) -> str:
    try:
        Webhook(secret)
    except (ValueError, EmptyWebhookSecretError):
        raise ValueError("must be whsec_ and base64") from None
    return secret


class Hook(BaseModel):
    """Which secrets a hook believes, and with which statuses it answers what comes next."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secrets: tuple[Annotated[str, AfterValidator(_is_secret)], ...] = Field(min_length=1)
    answers: tuple[Annotated[int, Field(ge=200, le=599)], ...] = ()


@router.put("/{name}")
async def put_hook(name: Name, wanted: Hook, request: Request) -> Response:
    """Make a hook, or change it. `answers` are given once each, in turn; then it is 204 again."""
    _hooks(request).put(name, wanted.secrets, wanted.answers)
    return json_response({"name": name, "answers": list(wanted.answers)})


@router.post("/{name}")
async def take_webhook(name: Name, request: Request) -> Response:
    """Take a webhook: 204; 401 if it is not signed with one of the hook's secrets."""
    switches: Switches[SubscriberBehaviour] = request.app.state.switches
    if switches.now.strikes(request.url.path) and switches.take("answer_next"):
        return await bad_answer(switches.now, ERROR)
    body = await request.body()
    if len(body) > MAX_BYTES:
        return json_response({"error": f"a webhook has at most {MAX_BYTES} bytes"}, 413)
    answer = _hooks(request).take(name, request.headers, body)
    if answer is None:
        return _nowhere(name)
    await asyncio.sleep(switches.now.delay_ms / 1000)
    if switches.take("lose_answer_next"):
        return LostAnswer()
    return Response(status_code=answer)


@router.get("/{name}")
async def read_hook(name: Name, request: Request) -> Response:
    """What the hook was sent, in the order in which it came, repeats and forgeries too."""
    arrivals = _hooks(request).arrivals(name)
    if arrivals is None:
        return _nowhere(name)
    return json_response({"name": name, "received": [one.as_document() for one in arrivals]})


def _hooks(request: Request) -> Hooks:
    hooks: Hooks = request.app.state.hooks
    return hooks


def _nowhere(name: str) -> Response:
    return json_response({"error": f"there is no hook {name}: PUT makes it"}, 404)
