"""Names from files are never code: whatever they are, the program is the one of plain names."""

import ast
import io
import json
import re
import tokenize
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gdstudio.document.codegen import TARGETS, export
from gdstudio.document.files import decode, encode

SCRIPTS = ["numpy", "torch", "keras"]
NASTY = [
    '"""\nimport os',
    "'''\nimport os\n'''",
    "\nimport os\n",
    "a\rimport os\r",
    "a\r\nimport os",
    "a\x0bimport os\x0cimport os",
    "a\x1cb\x1dc\x1ed\x85e",
    "a\u2028import os\u2029import os",
    "# \\",
    "\\",
    "\\\\\\",
    "\\n",
    "\\'",
    "\\N{LINE FEED}import os",
    "\\u000aimport os",
    "'\"`",
    "```",
    "``` <script>alert(1)</script> ```",
    "`\n\n# a heading",
    "{title} {0} {} %s %(x)s",
    "\0",
    "\ud800",
    "\u202eimport os",
    "ключ π ✓ 🧪",
    "None",
    "nan",
    "</pre><b>",
    "$x$ [a](javascript:alert)",
    "loss(*forward_and_targets(x, y))",
]
hostile = st.one_of(
    st.sampled_from(NASTY),
    st.text(),
    st.lists(st.sampled_from([*NASTY, *"'\"`#\\\n\r ", "import os", "\u2028"]), max_size=6).map("".join),
)
# What makes of a comment at the top something else is a test of its own.
names = hostile.filter(lambda text: "coding" not in text)


def tree_of(source):
    """The syntax of a program as Python reads it from a file."""
    return ast.dump(ast.parse(source.encode()))


def check_script(coded, project, target, title, name, column):
    plain = export(coded.named(project, "plain", "plain", "plain"), 7, target)
    spoiled = export(coded.named(project, title, name, column), 7, target)
    assert tokenize.detect_encoding(io.BytesIO(spoiled.encode()).readline)[0] == "utf-8"
    assert tree_of(spoiled) == tree_of(plain)
    assert spoiled.isascii()
    assert all(character.isprintable() for character in spoiled.replace("\n", ""))
    assert spoiled.count("\n") == plain.count("\n")
    differing = [line for line, old in zip(spoiled.splitlines(), plain.splitlines(), strict=True) if line != old]
    assert len(differing) <= 2
    assert all(line.startswith("# ") for line in differing)


@pytest.fixture(scope="module")
def project(coded):
    return coded.project(sizes=(2, 2, 1), examples=3, batch_size=2, optimizer="momentum")


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_name_stays_in_its_comment(coded, project, target, text):
    check_script(coded, project, target, text, text, text)


@pytest.mark.parametrize("target", SCRIPTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=names, name=names, column=names)
def test_any_name_stays_in_its_comment(coded, project, target, title, name, column):
    check_script(coded, project, target, title, name, column)


@settings(max_examples=60, deadline=None)
@given(title=hostile, name=hostile, column=hostile)
@example(title="coding: utf-7", name="+AAo-import os", column="")
def test_no_name_makes_another_notebook(coded, project, title, name, column):
    plain = json.loads(export(coded.named(project, "plain", "plain", "plain"), 7, "notebook"))
    spoiled = json.loads(export(coded.named(project, title, name, column), 7, "notebook"))
    assert len(spoiled["cells"]) == len(plain["cells"])
    heading, *cells = (cell["source"] for cell in spoiled["cells"])
    assert [ast.dump(ast.parse(cell)) for cell in cells] == [
        ast.dump(ast.parse(cell["source"])) for cell in plain["cells"][1:]
    ]
    # One code span on one line: what has no backtick in it can't end it.
    assert re.fullmatch(r"# Gradient descent in NumPy\n\n`[^`\n\r]*`, up to step 7\.", heading), heading
    assert heading.isascii()


@pytest.mark.parametrize("title", ["`", "```", "` `"])
def test_a_title_of_backticks_leaves_no_heading_without_a_name(coded, project, title):
    heading = json.loads(export(replace(project, title=title), 7, "notebook"))["cells"][0]["source"]
    assert re.search(r"`[^`]*[^` ][^`]*`, up to step 7\.$", heading), heading


def test_names_can_still_be_read(coded, project):
    source = export(coded.named(project, 'It\'s "mine"', "rows & columns", "flipper_length_mm"), 7, "numpy")
    first, second, *_ = source.splitlines()
    assert first.replace("\\", "").startswith('# It\'s "mine": a network 2-2-1 in plain NumPy')
    assert second == ("# Data: rows & columns; inputs flipper_length_mm, flipper_length_mm; targets flipper_length_mm.")


def test_names_of_nodes_are_not_in_the_program(coded, project):
    odd = replace(project, names=tuple(tuple("import os" for _ in layer) for layer in project.names))
    for target in TARGETS:
        assert export(odd, 7, target) == export(project, 7, target)


# A comment in the first two lines can say in which encoding a file is written, and so what its bytes mean.

CODINGS = ["coding: utf-7", "vim: set fileencoding=utf-16 :", "-*- coding: no-such-thing -*-", "coding:unicode_escape"]


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize("where", ["title", "name", "column"])
@pytest.mark.parametrize("text", CODINGS)
def test_no_name_declares_the_encoding(coded, project, target, where, text):
    check_script(coded, project, target, **{**dict.fromkeys(("title", "name", "column"), "plain"), where: text})


@pytest.mark.parametrize("target", SCRIPTS)
def test_a_title_that_ends_with_coding_declares_nothing(coded, project, target):
    check_script(coded, project, target, "Encoding", "plain", "plain")


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_no_file_brings_code_of_its_own_in_another_encoding(coded, target):
    project = coded.project(sizes=(2, 1), bias=False, examples=2)
    project = coded.named(project, "coding: utf-7", "+AAo-import antigravity+AAo-+ACM-", "plain")
    project = decode(encode(project), "sent.gds")
    source = export(project, 3, target)
    assert "antigravity" not in tree_of(source)
