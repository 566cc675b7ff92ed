"""Docstrings, comments, messages and pages are plain English: no word order or word of another language."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from architecture.tree import ROOT

HELD = ("data", "libs", "services", "simulators", "tools", "tests")
GATEWAY = "services/gateway/src/gateway"
PUBLISHED = {
    "libs/events/src/events/dead_letters.py",
    "libs/events/src/events/shipping.py",
    "libs/events/src/events/values.py",
    "libs/fault_injection/src/fault_injection/plans.py",
    "services/payment/src/payment/api.py",
    f"{GATEWAY}/api/health.py",
    f"{GATEWAY}/intake/requests.py",
    f"{GATEWAY}/openapi/parameters.py",
    f"{GATEWAY}/problems/problem_types/outages.py",
    f"{GATEWAY}/problems/problem_types/requests.py",
    f"{GATEWAY}/problems/problem_types/subscriptions.py",
    f"{GATEWAY}/rate_limiting/limiter.py",
    f"{GATEWAY}/reads/representations.py",
    f"{GATEWAY}/state/gauges.py",
}
"""Their texts are in schemas, the OpenAPI document, problem types or metrics, which clients compare."""
GENERATED_PAGES = ("docs/maps", "docs/problems.md", "services/gateway/src")
LONGEST_FIRST_LINE = 20

OPENINGS = re.compile(r"^(So (many|long|often)|Who(ever)?)\b")
PHRASES = re.compile(
    r"\b(lest|be it|anew|in vain|for ever|away|nobody|see(s|n)? to|hear(s|d|ing)?(?! from\b))\b",
    re.IGNORECASE,
)
NO_VERB = re.compile(
    r"^(A|All|An|As|At|Every|Everything|For|From|How|Its|No|Nothing|On|Once|One|Some|Something|The|There"
    r"|This|Until|What|When|Where|Whether|Which|Who|Whom|Whose|Why)\b"
)
VERBS = ("data", "libs", "services", "simulators", "tools")
"""Folders whose functions begin with a verb; endpoints are exempt, whose words clients compare."""
ROUTE = re.compile(r"\.(get|post|put|delete)\b")
PROPERTY = re.compile(r"\b(cached_)?property$|\.setter$")
# Blocks between two markers are written by code, which is held to the patterns where it lies.
NOT_PROSE = re.compile(
    r"<!-- [^>]*-->\n.*?<!-- end -->|```.*?```|`[^`]*`|\]\([^)]*\)|<!--.*?-->", re.DOTALL
)
SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n\s*\n|\n\s*(?:[-*|]|\d+\.)\s+|\s\|\s")


class Text(NamedTuple):
    """A text that people read, with the line at which it begins."""

    line: int
    kind: str
    words: str


def pages() -> list[Path]:
    """Return every Markdown page that people write."""
    found = [page for page in ROOT.rglob("*.md") if not hidden(page)]
    return sorted(
        page for page in found if not str(page.relative_to(ROOT)).startswith(GENERATED_PAGES)
    )


def modules() -> list[Path]:
    """Return every Python file of the held folders but the published ones, and this one, which names what it forbids."""
    exempt = {Path(__file__), *(ROOT / name for name in PUBLISHED)}
    found = {path for folder in HELD for path in (ROOT / folder).rglob("*.py")} - exempt
    return sorted(path for path in found if not hidden(path) and "_pb2" not in path.name)


def hidden(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part.startswith(".") or part == "node_modules" for part in parts)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_pages_are_plain_english():
    prose = {page: NOT_PROSE.sub(blank, page.read_text()) for page in pages()}
    texts = ((page, Text(1, "page", words)) for page, words in prose.items())
    assert [f"{named(page)}:{fault}" for page, text in texts for fault in faults_in(text)] == []


def blank(cut: re.Match[str]) -> str:
    """Return as many lines as were cut out, so that the following keep their numbers."""
    return "x" + "\n" * cut.group().count("\n")


def test_docstrings_comments_and_messages_are_plain_english():
    texts = ((path, text) for path in modules() for text in texts_of(path.read_text()))
    assert [f"{named(path)}:{fault}" for path, text in texts for fault in faults_in(text)] == []


def texts_of(source: str) -> Iterator[Text]:
    """Yield the docstrings, comments and messages of a module."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            docstrings.add(node.body[0].value)
            yield Text(node.body[0].lineno, "docstring", ast.get_docstring(node) or "")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in docstrings and is_sentence(node.value):
            yield Text(node.lineno, "message", node.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(token.start[0], "comment", token.string.lstrip("# "))


def is_sentence(value: object) -> bool:
    return isinstance(value, str) and len(value.split()) > 1


def faults_in(text: Text) -> Iterator[str]:
    """Yield what is no plain English in a text, with its line."""
    first = text.words.strip().split("\n\n")[0].split("\n")[0]
    if text.kind == "docstring" and len(first.split()) > LONGEST_FIRST_LINE:
        yield f"{text.line}: the first line has more than {LONGEST_FIRST_LINE} words: {first}"
    for number, line in enumerate(text.words.splitlines(), text.line):
        for found in PHRASES.finditer(line):
            yield f"{number}: {found.group()!r} in: {line.strip()}"
    if text.kind in ("docstring", "comment", "page"):
        for sentence in SENTENCE.split(text.words):
            if OPENINGS.match(sentence.strip()) and not sentence.strip().endswith("?"):
                yield f"{text.line}: opens with {sentence.strip().split()[0]!r}: {sentence[:60]}"


def sources() -> list[Path]:
    """Return the modules whose functions begin with a verb."""
    return [
        path
        for path in modules()
        if path.relative_to(ROOT).parts[0] in VERBS and "src" in path.parts
    ]


def test_functions_begin_with_a_verb():
    faults = ((path, fault) for path in sources() for fault in without_a_verb(path.read_text()))
    assert [f"{named(path)}:{fault}" for path, fault in faults] == []


def without_a_verb(source: str) -> Iterator[str]:
    """Yield the first lines of functions that name a thing instead of what the function does."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        decorators = [ast.unparse(one) for one in node.decorator_list]
        if any(PROPERTY.search(one) or ROUTE.search(one) for one in decorators):
            continue
        first = (ast.get_docstring(node) or "").split("\n")[0]
        if NO_VERB.match(first):
            yield f"{node.lineno}: {node.name}: {first}"


def test_a_thing_in_the_place_of_a_verb_is_found():
    assert list(without_a_verb('def price():\n    """The price of it."""\n')) != []
    assert list(without_a_verb('@property\ndef price(self):\n    """The price of it."""\n')) == []
    assert list(without_a_verb('def price():\n    """Return the price of it."""\n')) == []


def test_every_held_folder_exists():
    assert [folder for folder in HELD if not (ROOT / folder).is_dir()] == []
    assert [name for name in PUBLISHED if not (ROOT / name).is_file()] == []


BROKEN = {
    "a docstring": '"""So long may a call take."""\n',
    "a long first line": f'"""{"word " * 21}."""\n',
    "a comment": "x = 1  # nobody asks\n",
    "a message": 'raise ValueError("the broker is away")\n',
    "a second sentence": '"""Return it. Whoever asks gets it."""\n',
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_what_is_no_plain_english_is_found(source):
    assert [fault for text in texts_of(source) for fault in faults_in(text)]


def test_plain_english_passes():
    source = (
        '"""Return the price.\n\nWho pays is another matter?"""\nx = 1  # The broker rejects it.\n'
    )
    assert [fault for text in texts_of(source) for fault in faults_in(text)] == []
