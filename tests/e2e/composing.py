"""One compose project for a whole test run, with ports, data and a name of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from e2e.shelves import write_seed_file
from launcher.environment import PROJECT_ROOT
from stack import System, free_ports, load, reach
from testcontainers.compose import DockerCompose

WHERE = "ORDERSTREAM_E2E"
PLACES = ("native", "compose")
AUDIT = ("docker", "compose", "run", "--rm", "orderstream", "audit", "--json", "--wait", "100")
LAST = 20
AT_ONCE = {"PSP_LATENCY_MS_MAX": 0, "CARRIER_LATENCY_MS_MAX": 0, "RATE_LIMIT_SCALE": 0}


def in_containers() -> bool:
    """Whether the tests are to run on containers.

    Raises:
        ValueError: the environment asks for neither of the two.
    """
    wanted = os.environ.get(WHERE) or PLACES[0]
    if wanted not in PLACES:
        raise ValueError(f"{WHERE}={wanted}: expected {' or '.join(PLACES)}")
    return wanted == "compose"


def no_engine() -> str | None:
    """Why there can be no containers here."""
    if shutil.which("docker") is None:
        return "there is no docker command on this machine"
    asked = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    return None if asked.returncode == 0 else f"no Docker engine answers: {asked.stderr.strip()}"


class Project:
    """The containers of this test run. What they are told is in the environment, for all to read."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="orderstream-compose-"))
        self.folder.chmod(0o755)  # users of containers look into it
        chosen = {
            "PLATFORM": "compose",
            "STATE_DIR": self.folder / "state",
            "SEED_FILE": write_seed_file(self.folder / "seed.json"),
            "POSTGRES_PASSWORD": "orderstream",
            **AT_ONCE,
            **{name.upper(): port for name, port in free_ports().items()},
        }
        os.environ |= {f"ORDERSTREAM_{name}": str(value) for name, value in chosen.items()}
        os.environ["COMPOSE_PROJECT_NAME"] = f"orderstream-e2e-{os.getpid()}"
        self._compose = DockerCompose(PROJECT_ROOT, build=True, wait=True)

    def start(self) -> None:
        """Build the images and wait until every container is healthy."""
        self._compose.start()

    def audit(self) -> subprocess.CompletedProcess[str]:
        """Have all the books compared, from a container beside the others."""
        return subprocess.run(
            AUDIT,
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def keep_logs(self) -> Path:
        """Write down what everybody has logged; gives the file."""
        logs = "".join(self._compose.get_logs())
        file = self.folder / "logs.txt"
        file.write_text(logs)
        return file

    def remove(self, *, keep_folder: bool) -> None:
        """Stop the containers and forget their data."""
        self._compose.stop(down=True)
        if not keep_folder:
            shutil.rmtree(self.folder)


def error_of(error: subprocess.CalledProcessError) -> str:
    """The last of what Docker said when it failed."""
    stderr = (error.stderr or error.output or b"").decode(errors="replace")
    return "\n".join(stderr.splitlines()[-LAST:])


def composed() -> System:
    """The system that the containers are."""
    return reach(load())
