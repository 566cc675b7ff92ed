"""Which call carries out which command."""

import pytest
from messaging import Answer, Command, Commands


class Fetch(Command):
    """Bring something."""


class Fetched(Answer):
    """It was brought."""


def test_a_command_has_one_call():
    commands = Commands()

    @commands.on(Fetch)
    async def fetch(command: Fetch, outside: list) -> Fetched: ...

    with pytest.raises(ValueError, match="Fetch has a call already"):
        commands.on(Fetch)(fetch)
    assert commands.types == (Fetch,)
    assert commands.answers == {Fetch: (Fetched,)}
