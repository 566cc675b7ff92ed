"""A receiver behind TLS is asked for by the name that its certificate has."""

import asyncio
import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from notifier.webhooks.secrets import new_secret
from notifier.webhooks.sending import Sender
from notifier.webhooks.targets import Targets
from servicekit.http_client import open_client

NAME = "xn--bcher-kva.example"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of the name, with its key, that is trusted here."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    file = tmp_path / "receiver.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@pytest.fixture
async def receiver(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[int, list[str | None], list[str]]]:
    """A receiver: its port, the names that it was asked for in TLS, and the heads of requests."""
    named: list[str | None] = []
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 204 X\r\n\r\n")
        await writer.drain()
        writer.close()

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    tls.sni_callback = lambda _, name, __: named.append(name)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    looked_up = socket.getaddrinfo

    def local(_: Any, *rest: Any, **more: Any) -> Any:
        return looked_up("127.0.0.1", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    yield server.sockets[0].getsockname()[1], named, heads
    server.close()


@pytest.mark.parametrize(
    "host", ["b\u00fccher.example", NAME, f"{NAME}.", "B\u00dcCHER\u3002example"]
)
async def test_the_name_is_in_ascii_and_without_the_root(
    receiver: tuple[int, list[str | None], list[str]], host: str
) -> None:
    port, named, heads = receiver
    async with open_client("") as http:
        sender = Sender(http, Targets(private=True))
        outcome = await sender.send(f"https://{host}:{port}/", [new_secret()], "msg_1", "{}")
    assert (outcome.status, outcome.error) == (204, None)
    assert named == [NAME]
    assert f"host: {NAME}" in heads[0].lower()
