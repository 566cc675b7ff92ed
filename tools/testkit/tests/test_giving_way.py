"""A run of tests gives way to other sessions, and restores their part when it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from testkit.giving_way import NICE, SHARE

pytest_plugins = ["pytester"]
CAN_SHARE = os.access(SHARE, os.W_OK) and SHARE.exists()


@pytest.mark.skipif(not CAN_SHARE, reason="this kernel does not share by session")
def test_a_run_gives_way_and_restores_the_part(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        from pathlib import Path

        def test_part():
            assert Path({str(SHARE)!r}).read_text().split()[-1] == "{NICE}"
        """
    )
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "testkit.giving_way",
        "--give-way",
        "-q",
        str(pytester.path),
    ]
    code = (
        "import subprocess, sys; from pathlib import Path; "
        f"ended = subprocess.run({run!r}, env={{**__import__('os').environ, 'PYTEST_ADDOPTS': ''}}); "
        f"print('left', Path({str(SHARE)!r}).read_text().split()[-1]); sys.exit(ended.returncode)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        start_new_session=True,
        cwd=Path(pytester.path),
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert "left 0" in ended.stdout
