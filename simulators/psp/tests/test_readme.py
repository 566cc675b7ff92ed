from pathlib import Path

from psp import tokens
from psp.settings import Settings
from simkit import Behaviour, markdown_table, settings_table, switches_table
from simkit.webhooks import WebhookSwitches

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_readme_has_every_setting() -> None:
    assert settings_table(Settings) in README


def test_the_readme_has_every_switch() -> None:
    assert switches_table(Behaviour) in README
    assert switches_table(WebhookSwitches) in README


def test_the_readme_has_every_token() -> None:
    assert markdown_table(tokens.table()) in README
