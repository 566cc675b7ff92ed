"""What processes are given of the user's own environment: a short list, and nothing else of it.

A variable of somebody's shell may be called like a setting of a service (`ISSUER`, `SEED`) or of a library
(`PGSSLMODE`, `JAVA_TOOL_OPTIONS`). Nothing of ours is imported here, so that it can be cleaned before anything reads it.
"""

import os
from pathlib import Path

PREFIX = "ORDERSTREAM_"
"""How every variable begins that a user sets for us."""

PERSONAL = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "XDG_CACHE_HOME"})
LOCALE = frozenset({"LANG", "LANGUAGE"})
PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"})
"""In capitals or not, as every tool has its own taste."""
CERTIFICATES = frozenset({"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})
"""Of a proxy that opens what passes it: without them nothing can be downloaded there."""
PASSED_ON = PERSONAL | LOCALE | PROXIES | {name.lower() for name in PROXIES} | CERTIFICATES

TERMINAL = frozenset(
    {"TZ", "TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM_PROGRAM", "CI"}
)
"""How somebody at a terminal wants to be told things: for the command line alone."""

SET = {"PYTHONUTF8": "1", "TZ": "UTC"}
"""What folders are called is UTF-8 in all that we write. Times are UTC in all logs, which are read, too: whoever
stops a system may sit in another zone than who started it."""

PROJECT_ROOT = Path(__file__).resolve().parents[4]


def passed_on() -> dict[str, str]:
    """Return what a process is given of our environment, and where to find the code that runs here."""
    told = {name: value for name, value in os.environ.items() if _is_passed_on(name)}
    return told | _code() | SET


def forget_the_rest() -> None:
    """Drop what is neither passed on, nor of the terminal, nor meant for us: no library is to read it."""
    kept = {name: value for name, value in os.environ.items() if _is_for_us(name)} | _code()
    os.environ.clear()
    os.environ.update(kept)


def _is_for_us(name: str) -> bool:
    return _is_passed_on(name) or name in TERMINAL or name.upper().startswith(PREFIX)


def _is_passed_on(name: str) -> bool:
    return name in PASSED_ON or name.startswith("LC_")


def _code() -> dict[str, str]:
    """Sources of this checkout that Python was told to prefer: who runs a copy's code runs all of it."""
    told = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    ours = [one for one in told if one.endswith("/src") and _is_here(Path(one))]
    return {"PYTHONPATH": os.pathsep.join(ours)} if ours else {}


def _is_here(folder: Path) -> bool:
    return folder.resolve().is_relative_to(PROJECT_ROOT)
