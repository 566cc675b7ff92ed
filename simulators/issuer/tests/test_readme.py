from pathlib import Path

from issuer.settings import Settings
from simkit import settings_table

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_readme_has_every_setting() -> None:
    assert settings_table(Settings) in README
