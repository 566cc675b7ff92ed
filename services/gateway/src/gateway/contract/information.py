"""What is promised of the gateway's words about itself."""

from typing import Literal

from pydantic import BaseModel

from gateway.contract.operation import Answer, operation


class Index(BaseModel):
    """Where things are: addresses by what is found there."""

    service: str
    links: dict[str, str]


class ProblemKind(BaseModel):
    """A kind of problem: when it happens, and what to do about it."""

    code: str
    status: int
    title: str
    cause: str
    advice: str


class ProblemKinds(BaseModel):
    """Every kind of problem, in the order of their statuses."""

    data: list[ProblemKind]


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether all is there that the process needs; each check says `ok` or what is wrong.

    What is `degraded` is away, but the rest of the work can be done without it.
    """

    ready: bool
    degraded: list[str]
    checks: dict[str, str]


_PAGE = "<!doctype html><title>The query is bad</title>"
INDEX = operation(
    Answer(
        status=200,
        says="The addresses.",
        model=Index,
        example="index",
    )
)
LIST_PROBLEMS = operation(
    Answer(
        status=200,
        says="The kinds of problems; a page for people if the client prefers HTML.",
        model=ProblemKinds,
        example="problem_kinds",
        media={"text/html": _PAGE},
    )
)
READ_PROBLEM = operation(
    Answer(
        status=200,
        says="The kind of problem; a page for people if the client prefers HTML.",
        model=ProblemKind,
        example="problem_kind",
        media={"text/html": _PAGE},
    ),
    refuses=("not_found",),
)
HEALTHZ = operation(Answer(status=200, says="The process runs.", model=Liveness, example="alive"))
READYZ = operation(
    Answer(
        status=200,
        says="All is there that is needed; what is not, is named.",
        model=Readiness,
        example="ready",
    ),
    Answer(
        status=503,
        says="Something is away without which no work can be done.",
        model=Readiness,
        example="not_ready",
    ),
)
METRICS = operation(
    Answer(
        status=200,
        says="The metrics, in the format of Prometheus, or of OpenMetrics where that is asked for.",
        media=dict.fromkeys(
            ("text/plain", "application/openmetrics-text"),
            'orderstream_gateway_refusals_total{code="token_missing"} 3.0',
        ),
    )
)
