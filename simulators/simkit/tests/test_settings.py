"""Settings from files, for those that are secret."""

from pathlib import Path

import pytest
from simkit.settings import ServerSettings, load


class StallSettings(ServerSettings):
    password: str


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"HTTP_PORT": "0", "DATA_DIR": "data", "SECRETS_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        load("stall", StallSettings)
    assert stopped.value.code == 2
    stderr = capsys.readouterr().err
    assert len(stderr.splitlines()) == 1
    return stderr


def test_a_setting_can_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("sesame\n")
    assert load("stall", StallSettings).password == "sesame"


def test_the_environment_goes_before_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("sesame")
    monkeypatch.setenv("PASSWORD", "swordfish")
    assert load("stall", StallSettings).password == "swordfish"


def test_what_is_in_neither_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys) == "stall: bad settings: PASSWORD: Field required\n"


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path / "mistyped"))
    message = refusal(capsys)
    assert message.startswith("stall: bad settings: SECRETS_DIR=")
    assert f"{tmp_path}/mistyped" in message


def test_a_folder_in_the_place_of_a_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "password").mkdir()
    assert f"{tmp_path}/password" in refusal(capsys)
