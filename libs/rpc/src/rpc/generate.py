"""The Python code of the contracts: made here, committed, and checked not to have drifted.

`python -m rpc.generate` writes it, `python -m rpc.generate --check` only compares. Run it in a
checkout of the repository, where the development tools are installed.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

SOURCE = Path(__file__).parents[1]
"""Names begin here, so that generated code imports `rpc.inventory...` and not the service's own."""
WRITE = "python -m rpc.generate"
GENERATED = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py")


def generate(source: Path, target: Path) -> None:
    """Make the code of every contract below `source` and put it, in the same folders, into `target`.

    Raises:
        SystemExit: with what the compiler says, if a contract is wrong.
    """
    contracts = [str(path.relative_to(source)) for path in sorted(source.rglob("*.proto"))]
    outputs = [f"--{kind}_out={target}" for kind in ("python", "pyi", "grpc_python")]
    well_known = files("grpc_tools") / "_proto"
    if protoc.main(["protoc", f"-I{source}", f"-I{well_known}", *outputs, *contracts]):
        raise SystemExit(1)


def drifted(source: Path) -> list[str]:
    """Return the generated files that are missing, left over, or not what the contracts say."""
    with tempfile.TemporaryDirectory() as folder:
        generate(source, Path(folder))
        made, committed = _generated(Path(folder)), _generated(source)
    return sorted(
        name for name in made.keys() | committed.keys() if made.get(name) != committed.get(name)
    )


def run(arguments: Sequence[str], source: Path) -> int:
    """Do what the command line asks; returns the exit code."""
    parser = argparse.ArgumentParser(prog=WRITE, description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    if not parser.parse_args(arguments).check:
        generate(source, source)
        return 0
    names = drifted(source)
    sys.stderr.writelines(f"not what the contract says: {name}\n" for name in names)
    if names:
        sys.stderr.write(f"Run {WRITE} and commit what it writes.\n")
    return 1 if names else 0


def _generated(folder: Path) -> dict[str, bytes]:
    found = (path for pattern in GENERATED for path in folder.rglob(pattern))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], SOURCE))
