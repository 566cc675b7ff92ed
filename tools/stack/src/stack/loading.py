"""Reads the settings: a wrong value or an unknown name is reported in one line."""

import os
from collections.abc import Iterable
from difflib import get_close_matches

from dotenv.parser import parse_stream
from launcher.environment import PREFIX, PROJECT_ROOT
from pydantic import ValidationError

from stack.errors import SettingsError
from stack.settings import Settings

ENV_FILE = PROJECT_ROOT / ".env"
OF_CONTAINERS = frozenset({"KAFKA_UI_PORT", "JAEGER_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT"})
"""What docker-compose.yml alone reads."""
OF_TESTS = ("TEST_", "E2E")
KNOWN = {name.upper() for name in Settings.model_fields} | OF_CONTAINERS


def require_known() -> None:
    """Look through the environment and `.env` for names that mean nothing.

    Raises:
        SettingsError: with the nearest name that there is; or `.env` cannot be read.
    """
    wrong = [*_unknown(os.environ, "the environment"), *_unknown(names_in_file(), str(ENV_FILE))]
    if wrong:
        raise SettingsError(f"bad settings: {'; '.join(wrong)}")


def names_in_file() -> list[str]:
    """Return the names of the variables that `.env` sets, if there is such a file.

    Raises:
        SettingsError: it cannot be read; with the line if it is about one.
    """
    if not ENV_FILE.exists():
        return []
    try:
        with ENV_FILE.open(encoding="utf-8") as file:
            lines = list(parse_stream(file))
    except OSError as error:
        raise SettingsError(f"{ENV_FILE} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{ENV_FILE} is not UTF-8 at byte {error.start}") from None
    for one in lines:
        if one.error:
            raise SettingsError(f"{ENV_FILE}, line {one.original.line}: expected NAME=value")
    return [one.key for one in lines if one.key]


def _unknown(names: Iterable[str], where: str) -> list[str]:
    own = sorted(name for name in names if name.upper().startswith(PREFIX))
    return [_told(name, where) for name in own if not _is_known(name.upper().removeprefix(PREFIX))]


def _is_known(name: str) -> bool:
    return name in KNOWN or name.startswith(OF_TESTS)


def _told(name: str, where: str) -> str:
    near = get_close_matches(name.upper().removeprefix(PREFIX), KNOWN, n=1)
    hint = f"did you mean {PREFIX}{near[0]}?" if near else "all that there are: .env.example"
    return f"{name} in {where} is no setting; {hint}"


def load(**chosen: object) -> Settings:
    """Read the settings; what is `chosen` here goes before the environment.

    Raises:
        SettingsError: with one line that names every bad value, or every name that there is not.
    """
    require_known()
    try:
        return Settings(**chosen)  # type: ignore[arg-type]  # validated by pydantic
    except ValidationError as error:
        faults = "; ".join(_fault(dict(details)) for details in error.errors())
        raise SettingsError(f"bad settings: {faults}") from None


def load_native(**chosen: object) -> Settings:
    """Read the settings for a command that acts on processes of this machine.

    Raises:
        SettingsError: a value is bad, or the system runs in containers, which Docker looks after.
    """
    settings = load(**chosen)
    if settings.platform != "native":
        raise SettingsError(
            f"{PREFIX}PLATFORM={settings.platform}: this command acts on processes of this machine. "
            "Containers are looked after by docker compose: ps, logs, up --scale, restart, down."
        )
    return settings


def _fault(details: dict[str, object]) -> str:
    message = str(details["msg"]).removeprefix("Value error, ")
    location = details["loc"]
    if not isinstance(location, tuple) or not location:
        return message
    name = str(location[0]).lower().removeprefix(PREFIX.lower())
    shown = f"={details['input']!r}" if Settings.model_fields[name].repr else ""
    return f"{PREFIX}{name.upper()}{shown}: {message}"
