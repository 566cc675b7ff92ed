"""The page on gRPC tells of every status what the gateway makes of it."""

import re
from pathlib import Path

import grpc
from gateway.problems.problem import PROBLEM_TYPES
from gateway.upstreams.availability import FAILED, PROBLEMS

PAGE = (Path(__file__).parents[2] / "docs" / "grpc.md").read_text()
ROW = re.compile(r"^\| (.+) \| (\d{3})[^|]* \| `(\w+)` \|$", re.MULTILINE)


def test_the_table_of_statuses_on_the_page():
    shown = {
        status: code
        for statuses, _, code in ROW.findall(PAGE)
        for status in re.findall(r"`(\w+)`", statuses)
    }
    assert shown == {status.name: code for status, code in PROBLEMS.items()}
    assert all(PROBLEM_TYPES[code].status == int(status) for _, status, code in ROW.findall(PAGE))
    assert f"| any other | {PROBLEM_TYPES[FAILED].status} | `{FAILED}` |" in PAGE
    assert grpc.StatusCode.OK not in PROBLEMS
