"""No client of Kafka waits for its library's own forty seconds: whoever serves has a bound of ours."""

import ast

from architecture.tree import ROOT

CLIENTS = {"AIOKafkaAdminClient", "AIOKafkaConsumer", "AIOKafkaProducer", "Consumer"}
SERVING = ("libs/*/src", "services/*/src", "tools/audit/src/audit")


def unbounded(source: str) -> list[int]:
    """The lines on which a client is made that is not told how long to wait."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", None) in CLIENTS
        and not {"request_timeout_ms", None} & {one.arg for one in call.keywords}
    ]


def test_every_client_of_kafka_is_given_how_long_to_wait_for_an_answer():
    found = {
        f"{file.relative_to(ROOT)}:{line}"
        for folder in SERVING
        for source in ROOT.glob(folder)
        for file in source.rglob("*.py")
        for line in unbounded(file.read_text())
    }
    assert found == set()


def test_one_that_is_not_given_is_found():
    assert unbounded("AIOKafkaConsumer(bootstrap_servers='x')") == [1]
    assert unbounded("AIOKafkaConsumer(request_timeout_ms=1)") == []
