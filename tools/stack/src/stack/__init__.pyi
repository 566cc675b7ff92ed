# The public face: names by module. `__init__.py` loads what is listed here on demand.

from .errors import SettingsError, StackError
from .folders import ChangeUnderWayError, Folders, last_lines
from .health import DEGRADED, READY, last_words, look_at, wait_ready
from .kafka import run_kafka_tool
from .loading import load, load_native
from .one_off import migrate, seed
from .ports import PortInUseError, check_free, free_ports
from .postgres import connect, create_database
from .process import Layer, Process
from .resetting import reset
from .scaling import CannotScaleError, Group, Member, read_group, scale
from .settings import Settings
from .starting import AlreadyUpError, up
from .steps import PlainSteps, StepFailedError, Steps, TerminalSteps, steps_for
from .stopping import down, stop, wipe
from .supervisor import ProcessState, Supervisor, SupervisorError
from .system import NotUpError, System, find, reach, running
from .topics import create_topics
from .topology import DATABASES, all_processes, infrastructure, pick

__all__ = [
    "DATABASES",
    "DEGRADED",
    "READY",
    "AlreadyUpError",
    "CannotScaleError",
    "ChangeUnderWayError",
    "Folders",
    "Group",
    "Layer",
    "Member",
    "NotUpError",
    "PlainSteps",
    "PortInUseError",
    "Process",
    "ProcessState",
    "Settings",
    "SettingsError",
    "StackError",
    "StepFailedError",
    "Steps",
    "Supervisor",
    "SupervisorError",
    "System",
    "TerminalSteps",
    "all_processes",
    "check_free",
    "connect",
    "create_database",
    "create_topics",
    "down",
    "find",
    "free_ports",
    "infrastructure",
    "last_lines",
    "last_words",
    "load",
    "load_native",
    "look_at",
    "migrate",
    "pick",
    "reach",
    "read_group",
    "reset",
    "run_kafka_tool",
    "running",
    "scale",
    "seed",
    "steps_for",
    "stop",
    "up",
    "wait_ready",
    "wipe",
]
