"""The logs of processes are bounded, and no line is cut where a new file begins."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from orderstream.logs.files import files_of
from testkit.waiting import until

pytestmark = pytest.mark.process

LINES = 60
BOUND = 200 * 1024
LONG = 70_000
"""More than a pipe holds, so that a read of it ends within a line."""
SAYS = f"""
import sys
for number in range({LINES}):
    sys.stdout.write(f"{{number:02}}" + "x" * {LONG} + "\\n")
    sys.stdout.flush()
print("the end", flush=True)
"""
CONFIG = """
[supervisord]
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
nodaemon=true
silent=true


[program:teller]
command={python} {folder}/says.py
autorestart=false
startsecs=0
redirect_stderr=true
stdout_logfile={folder}/teller.log
stdout_logfile_maxbytes=200KB
stdout_logfile_backups=40
"""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log of a program that writes long lines, as the daemon keeps it."""
    (tmp_path / "says.py").write_text(SAYS)
    config = tmp_path / "supervisord.conf"
    config.write_text(CONFIG.format(folder=tmp_path, python=sys.executable))
    with subprocess.Popen([sys.executable, "-m", "launcher.daemon", "-c", str(config)]) as daemon:
        try:
            yield tmp_path / "teller.log"
        finally:
            daemon.terminate()


async def test_a_long_line_is_whole_in_one_of_the_files(log: Path) -> None:
    def texts() -> list[str]:
        """What each file holds, the oldest first; the newest may be empty."""
        files = files_of(log.parent).get("teller", [])
        return [text for path in reversed(files) if (text := path.read_text())]

    await until("all is written", lambda: "".join(texts()).endswith("the end\n"))
    assert len(texts()) > 10
    assert all(text.endswith("\n") for text in texts())
    lines = "".join(texts()).splitlines()
    assert [len(line) for line in lines] == [LONG + 2] * LINES + [len("the end")]
    assert [line[:2] for line in lines[:-1]] == [f"{number:02}" for number in range(LINES)]
    assert max(map(len, texts())) < BOUND + 3 * LONG
