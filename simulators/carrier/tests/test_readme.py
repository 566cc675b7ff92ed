from pathlib import Path

from carrier import recipients
from carrier.settings import Settings
from simkit import Behaviour, markdown_table, settings_table, switches_table

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_readme_has_every_setting() -> None:
    assert settings_table(Settings) in README


def test_the_readme_has_every_switch() -> None:
    assert switches_table(Behaviour) in README


def test_the_readme_has_every_addressee() -> None:
    assert markdown_table(recipients.table()) in README
