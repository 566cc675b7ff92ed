from pathlib import Path

from postbox.fault_switches import MailBehaviour
from postbox.settings import Settings
from simkit import settings_table, switches_table

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_readme_has_every_setting() -> None:
    assert settings_table(Settings) in README


def test_the_readme_has_every_switch() -> None:
    assert switches_table(MailBehaviour) in README
