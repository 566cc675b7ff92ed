"""What the simulators of the outside world share; none of the system's own libraries is used."""

from simkit.answers import Answer, LostAnswer, Refused, json_response
from simkit.bad_answers import AnswerSwitches, bad_answer
from simkit.behaviour import Behaviour, Switches
from simkit.books import Books
from simkit.chance import fraction, pause_seconds
from simkit.fault_plans import fault_plan
from simkit.idempotency import IdempotencyKeys, KeyInUse, KeyReused, fingerprint
from simkit.listing import listed
from simkit.misbehaving import Misbehaving
from simkit.operating import health_routes, operating_routes
from simkit.outages import Outages
from simkit.requests import idempotency_key, validation_problem
from simkit.serving import listen, run
from simkit.settings import LatencySettings, ServerSettings
from simkit.tables import markdown_table, settings_table, switches_table
from simkit.tries import Tries

__all__ = [
    "Answer",
    "AnswerSwitches",
    "Behaviour",
    "Books",
    "IdempotencyKeys",
    "KeyInUse",
    "KeyReused",
    "LatencySettings",
    "LostAnswer",
    "Misbehaving",
    "Outages",
    "Refused",
    "ServerSettings",
    "Switches",
    "Tries",
    "bad_answer",
    "fault_plan",
    "fingerprint",
    "fraction",
    "health_routes",
    "idempotency_key",
    "json_response",
    "listed",
    "listen",
    "markdown_table",
    "operating_routes",
    "pause_seconds",
    "run",
    "settings_table",
    "switches_table",
    "validation_problem",
]
