"""Writes the configuration of supervisord: one program per process, nothing started by itself."""

import os
import shlex
from collections.abc import Mapping, Sequence

from orderstream.platform.folders import Folders
from orderstream.platform.process import Process

DAEMON_LOG = "supervisord"
STOP_SECONDS = 10
# Few arenas keep the memory of a dozen small processes low; nobody is asked by way of a proxy.
COMMON = {
    "PYTHONUNBUFFERED": "1",
    "MALLOC_ARENA_MAX": "2",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
# It is never given up: the daemon lets it wait for longer and longer instead.
RETRIES = 1_000_000_000


def configuration(processes: Sequence[Process], folders: Folders) -> str:
    """The whole file."""
    return "\n".join([_daemon(folders), *(_program(process, folders) for process in processes)])


def _daemon(folders: Folders) -> str:
    socket = _escaped(str(folders.supervisor_socket))
    root = "user=root" if os.geteuid() == 0 else ""
    return f"""\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
logfile={_escaped(str(folders.log_of(DAEMON_LOG)))}
logfile_maxbytes=0
pidfile={_escaped(str(folders.supervisor_pid))}
childlogdir={_escaped(str(folders.logs))}
silent=true
{root}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


def _program(process: Process, folders: Folders) -> str:
    user = f"user={process.user}" if process.user else ""
    as_group = str(process.stop_as_group).lower()
    return f"""\
[program:{process.name}]
command={_escaped(shlex.join(process.argv))}
environment={_environment(process.environment)}
directory=/
autostart=false
autorestart=true
startsecs=1
startretries={RETRIES}
stopsignal={process.stop_signal}
stopasgroup={as_group}
killasgroup={as_group}
stopwaitsecs={STOP_SECONDS}
redirect_stderr=true
stdout_logfile={_escaped(str(folders.log_of(process.name)))}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
{user}
"""


def _environment(environment: Mapping[str, str]) -> str:
    everything = {**COMMON, **environment}
    return ",".join(f"{name}={_quoted(value)}" for name, value in everything.items())


def _quoted(value: str) -> str:
    # supervisord knows no escape for a quote inside of quotes.
    mark = "'" if '"' in value else '"'
    return f"{mark}{_escaped(value)}{mark}"


def _escaped(value: str) -> str:
    return value.replace("%", "%%")
