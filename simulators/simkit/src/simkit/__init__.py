"""What the simulators of the outside world share; none of the system's own libraries is used."""

from simkit.answers import Answer, LostAnswer, Refused, json_response
from simkit.assembly import ErrorShapes, simulated_api
from simkit.bad_answers import AnswerSwitches, bad_answer
from simkit.database import Books
from simkit.fault_switches import Behaviour, Switches
from simkit.idempotency import IdempotencyKeys, fingerprint
from simkit.listing import listed
from simkit.operating import health_routes, operating_routes
from simkit.requests import fault_plan, idempotency_key, validation_problem
from simkit.seeded_random import fraction, pause_seconds
from simkit.serving import listen, run
from simkit.settings import LatencySettings, ServerSettings
from simkit.tables import markdown_table, settings_table, switches_table
from simkit.traces import TRACEPARENT, trace_id_of, trace_keys
from simkit.tries import Outages, Tries

__all__ = [
    "TRACEPARENT",
    "Answer",
    "AnswerSwitches",
    "Behaviour",
    "Books",
    "ErrorShapes",
    "IdempotencyKeys",
    "LatencySettings",
    "LostAnswer",
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
    "simulated_api",
    "switches_table",
    "trace_id_of",
    "trace_keys",
    "validation_problem",
]
