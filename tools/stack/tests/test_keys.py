"""Secrets for a system whose services read them from files."""

import stat
import subprocess
import sys
from pathlib import Path

from stack.keys import make_secrets, sealing_key, webhook_secret


def command(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "stack.keys", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_secrets_are_files_named_as_the_settings_that_everybody_may_read(tmp_path):
    make_secrets(tmp_path)
    for name in ("sealing_key", "webhook_secret"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o444


def test_they_are_the_secrets_of_the_system(tmp_path):
    make_secrets(tmp_path)
    assert (tmp_path / "sealing_key").read_text() == sealing_key(tmp_path)
    assert (tmp_path / "webhook_secret").read_text() == webhook_secret(tmp_path)
    assert webhook_secret(tmp_path).startswith("whsec_")


def test_the_command_says_what_it_made_and_keeps_what_is_there(tmp_path):
    folder = tmp_path / "secrets"
    first = command(folder)
    assert first.stderr == ""
    assert first.stdout == f"made {folder}/sealing_key\nmade {folder}/webhook_secret\n"
    key = (folder / "sealing_key").read_text()
    (folder / "webhook_secret").unlink()
    assert command(folder).stdout == f"kept {folder}/sealing_key\nmade {folder}/webhook_secret\n"
    assert (folder / "sealing_key").read_text() == key


def test_a_folder_that_cannot_be_written_is_reported_in_one_line(tmp_path):
    file = tmp_path / "file"
    file.touch()
    done = command(file / "below")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (f"python -m stack.keys: cannot write to {file}/below: Not a directory\n")
