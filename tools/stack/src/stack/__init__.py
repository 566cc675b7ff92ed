"""The native platform: real Kafka and PostgreSQL from packages, and every process supervised."""

from launcher.environment import PROJECT_ROOT

from stack.folders import ChangeUnderWayError, Folders, last_lines
from stack.health import wait_ready
from stack.kafka import run_tool as run_kafka_tool
from stack.loading import load, load_native
from stack.one_off import migrate, seed
from stack.ports import PortInUseError, check_free, free_ports
from stack.postgres import connect, create_database
from stack.process import Layer, Process
from stack.resetting import reset
from stack.scaling import CannotScaleError, Group, Member, read_group, scale
from stack.settings import Settings, SettingsError
from stack.starting import AlreadyUpError, up
from stack.steps import PlainSteps, StepFailedError, Steps, TerminalSteps, steps_for
from stack.stopping import down, stop, wipe
from stack.supervisor import ProcessState, Supervisor, SupervisorError
from stack.system import NotUpError, System, find, reach, running
from stack.topics import create_topics
from stack.topology import DATABASES, infrastructure, pick, topology

__all__ = [
    "DATABASES",
    "PROJECT_ROOT",
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
    "StepFailedError",
    "Steps",
    "Supervisor",
    "SupervisorError",
    "System",
    "TerminalSteps",
    "check_free",
    "connect",
    "create_database",
    "create_topics",
    "down",
    "find",
    "free_ports",
    "infrastructure",
    "last_lines",
    "load",
    "load_native",
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
    "topology",
    "up",
    "wait_ready",
    "wipe",
]
