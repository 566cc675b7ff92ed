"""The test on the page for QA engineers passes as it stands there."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from e2e.shop import Shop

pytestmark = pytest.mark.system
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-as-a-test-bed.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


async def test_the_page_shows_a_test_that_passes(shop: Shop, tmp_path: Path) -> None:
    (source,) = BLOCK.findall(PAGE.read_text())
    test = tmp_path / "test_shop.py"
    test.write_text(source)
    places = {"GATEWAY": shop.system.url("gateway"), "ISSUER": shop.system.url("issuer")}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "pytest", "--rootdir", str(tmp_path), "-q", str(test)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "SKU": shop.product()} | places,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{source.count('def test_')} passed" in done.stdout
