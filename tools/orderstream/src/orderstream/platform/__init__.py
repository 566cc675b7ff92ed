"""The native platform: real Kafka and PostgreSQL from packages, and every process supervised."""

from orderstream.platform.changing import ChangeUnderWayError
from orderstream.platform.failure import StepFailedError
from orderstream.platform.folders import Folders, last_lines
from orderstream.platform.groups import Group, Member, read_group
from orderstream.platform.kafka import run_tool as run_kafka_tool
from orderstream.platform.one_off import migrate, seed
from orderstream.platform.ports import PortInUseError, check_free, free_ports
from orderstream.platform.postgres import connect, create_database
from orderstream.platform.process import Layer, Process
from orderstream.platform.process_state import ProcessState
from orderstream.platform.reaching import reach
from orderstream.platform.resetting import reset
from orderstream.platform.running import NotUpError, System, find, running
from orderstream.platform.scaling import CannotScaleError, scale
from orderstream.platform.settings import PROJECT_ROOT, Settings, SettingsError, load, load_native
from orderstream.platform.steps import PlainSteps, Steps, TerminalSteps, steps_for
from orderstream.platform.stopping import down, stop, wipe
from orderstream.platform.supervisor import Supervisor, SupervisorError
from orderstream.platform.system import AlreadyUpError, up
from orderstream.platform.topics import create_topics
from orderstream.platform.topology import DATABASES, infrastructure, pick, topology
from orderstream.platform.watching import wait_ready

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
