"""The generated code is what the contracts say, and a contract that was changed alone is found."""

import shutil
from pathlib import Path

import pytest
from rpc.generate import SOURCE, drifted, generate, run

CODE = "rpc/inventory/v1/availability_pb2.py"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(SOURCE / "rpc", tmp_path / "rpc")
    return tmp_path


def test_the_committed_code_is_what_the_contracts_say():
    assert drifted(SOURCE) == []


def test_a_contract_that_was_changed_alone_is_found(copy, capfd):
    contract = copy / "rpc/inventory/v1/availability.proto"
    contract.write_text(contract.read_text().replace("int64 available", "int64 to_be_had"))
    assert run(["--check"], copy) == 1
    stderr = capfd.readouterr().err
    assert f"not what the contract says: {CODE}\n" in stderr
    assert "python -m rpc.generate" in stderr
    assert run([], copy) == 0
    assert run(["--check"], copy) == 0


def test_code_without_a_contract_is_found(copy):
    shutil.copy(copy / CODE, copy / "rpc/inventory/v1/gone_pb2.py")
    assert drifted(copy) == ["rpc/inventory/v1/gone_pb2.py"]


def test_a_contract_that_is_wrong_is_reported(tmp_path, capfd):
    (tmp_path / "wrong.proto").write_text('syntax = "proto3";\nmessage {}\n')
    with pytest.raises(SystemExit):
        generate(tmp_path, tmp_path)
    assert "wrong.proto:2" in capfd.readouterr().err
