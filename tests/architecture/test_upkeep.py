"""How the project is kept: a docstring for every module, a test file for every module, no giants, no strange words."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "gdstudio").rglob("*.py"))
PLACES = ("gdstudio", "tests", "resources", "docs", ".github", "packaging")
TEXTS = [
    path
    for place in (*PLACES, ".")
    for path in sorted((ROOT / place).glob("*" if place == "." else "**/*"))
    if path.is_file()
    and path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".gds", ".qss", ".svg", ".txt", ".cfg"}
]
TESTED_ELSEWHERE = {
    "__main__": "every test that runs the command line in a process of its own",
    "arrays": "all of tests/engine",
    "codegen_parts": "test_codegen and its parts, through every program",
    "errors": "everything that is refused",
    "items": "test_scene and test_view, through what they show",
    "lesson_view": "test_tutor and test_lesson_panel: a value without methods",
    "limits": "test_project and test_tables",
    "reading": "test_documents and test_cli",
    "timeline": "test_history and test_loss_plot: a value without methods",
}
LONGEST = 520


def name_of(path):
    return str(path.relative_to(ROOT))


def test_every_module_says_what_it_is_for_in_a_sentence():
    said = {name_of(path): ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in SOURCES}
    assert [name for name, text in said.items() if text.split("\n\n")[0].rstrip()[-1:] not in (".", ":")] == []


def test_every_module_has_a_test_file_of_its_name():
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py")}
    untested = [path for path in SOURCES if path.stem not in tested | TESTED_ELSEWHERE.keys() | {"__init__"}]
    assert list(map(name_of, untested)) == []


def test_exceptions_are_named_only_for_modules_that_exist():
    assert set(TESTED_ELSEWHERE) <= {path.stem for path in SOURCES}


def test_every_floor_has_its_tests():
    floors = [path.parent.name for path in (ROOT / "gdstudio").glob("*/__init__.py")]
    assert [floor for floor in floors if not any((ROOT / "tests" / floor).rglob("test_*.py"))] == []


def test_no_file_is_longer_than_a_person_reads_in_one_go():
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


# Put together here, so that this file has none of them.
FORBIDDEN = (
    *(rf"(?<![\w.])/{top}/" for top in ("work", "root", "home", "Users")),
    r"/tmp" + r"/w\b",
    "pypi" + r"\.org",
    "python" + "hosted",
    "ana" + r"conda\.(org|com)",
    "index" + "-url",
    "art" + "ifactory",
)


@pytest.mark.parametrize("words", FORBIDDEN)
def test_no_text_names_a_machine_or_where_packages_come_from(words):
    pattern = re.compile(words, re.IGNORECASE)
    found = [
        name_of(path) for path in TEXTS if path != Path(__file__) and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_two_test_files_share_a_name():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
