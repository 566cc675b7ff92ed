from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP

import pytest
from testkit.ports import free_port
from testkit.simulators import Simulator, running
from testkit.waiting import TIMEOUT_S

Send = Callable[..., None]


class Postbox:
    """A running postbox with the port that takes mail."""

    def __init__(self, simulator: Simulator, smtp_port: int) -> None:
        self.simulator = simulator
        self.http = simulator.http
        self.smtp_port = smtp_port

    def connect(self) -> SMTP:
        return SMTP("127.0.0.1", self.smtp_port, timeout=TIMEOUT_S)

    def send(self, message: EmailMessage) -> None:
        with self.connect() as door:
            door.send_message(message)


def started(folder: Path) -> Iterator[Postbox]:
    port = free_port()
    with running("postbox", folder, SMTP_PORT=str(port)) as simulator:
        yield Postbox(simulator, port)


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postbox]:
    yield from started(tmp_path_factory.mktemp("postbox"))


@pytest.fixture
def postbox(process: Postbox) -> Postbox:
    process.http.post("/admin/reset").raise_for_status()
    return process


@pytest.fixture
def own_postbox(tmp_path: Path) -> Iterator[Postbox]:
    yield from started(tmp_path)


@pytest.fixture
def mail() -> Callable[..., EmailMessage]:
    def written(number: int = 1, subject: str = "On its way, Zoë", **headers: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = "The Shop <shop@example.org>"
        message["To"] = f"Ada Lovelace <ada{number}@example.org>"
        message["Subject"] = subject
        message["Message-ID"] = f"<ord_{number}.shipped@orderstream>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(f"Hello Ada,\n\nparcel {number} is on its way.\n")
        message.add_alternative(f"<h1>Hello</h1><p>parcel <b>{number}</b></p>", subtype="html")
        return message

    return written
