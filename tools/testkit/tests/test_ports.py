"""A free port can be listened on."""

import socket

from testkit.ports import free_port


def test_a_free_port_can_be_listened_on_at_once():
    socket.create_server(("127.0.0.1", free_port())).close()
