import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gdstudio import __version__
from gdstudio.app import checks
from gdstudio.app.cli import run
from gdstudio.document.edits import project_for, set_learning_rate, set_test_share
from gdstudio.document.examples import load_example
from gdstudio.document.files import load, load_document, save
from gdstudio.document.reading import read_document
from gdstudio.engine import train
from gdstudio.resources import resource

ROOT = Path(__file__).parents[2]
NO_DISPLAY = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}


@pytest.fixture
def three(tmp_path):
    path = tmp_path / "three.gds"
    save(load_example("three-inputs"), path)
    return path


@pytest.fixture
def refused(capsys, one_sentence):
    """Run a command that can't go on; returns its exit status and its one sentence."""

    def ran(*arguments):
        status = run([str(argument) for argument in arguments])
        return status, one_sentence(capsys.readouterr().err)

    return ran


# train


def test_train_prints_the_losses_with_17_significant_digits(three, capsys):
    assert run(["train", str(three), "--steps", "20"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == "first loss 49"
    project = load(three)
    losses = train(project.recipe, project.state, project.data.x, project.data.y, 20).losses
    assert last == f"last loss {losses[-1]:.17g} after 20 steps"
    assert float(last.split()[2]) == losses[-1] == pytest.approx(9.627110070005e-05, rel=1e-12)


def test_train_writes_the_loss_of_every_step(three, tmp_path, capsys):
    assert run(["train", str(three), "--steps", "3", "--csv", str(tmp_path / "out.csv")]) == 0
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[:2] == ["step,loss", "0,49"]
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "1", "2", "3"]
    assert float(lines[2].split(",")[1]) == pytest.approx(5.04**2, rel=1e-14)
    assert f"last loss {lines[-1].split(',')[1]} after" in capsys.readouterr().out


def test_train_does_not_write_the_losses_over_the_file_that_it_reads(three, refused):
    before = three.read_bytes()
    link = three.with_name("link.gds")
    link.symlink_to(three)
    for path in (three, link):
        assert refused("train", three, "--steps", "3", "--csv", path) == (
            1, f"{path.name} is the file that is read; write the losses to another one.",
        )  # fmt: skip
    assert three.read_bytes() == before


def test_train_does_not_save_over_the_table_that_it_reads(tmp_path, refused):
    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    status, sentence = refused("train", table, "--steps", "1", "--save", table)
    assert (status, sentence) == (1, "t.csv is the table that is read; save the project to another file.")
    assert table.read_text().startswith("a,b")


def test_train_saves_kept_runs_and_the_view_with_the_project(tmp_path, capsys):
    source = ROOT / "tests" / "data" / "version-4-runs.gds"
    assert run(["train", str(source), "--steps", "2", "--save", str(tmp_path / "later.gds")]) == 0
    old, new = load_document(source), load_document(tmp_path / "later.gds")
    assert [kept.name for kept in new.runs] == [kept.name for kept in old.runs] != []
    assert new.project.state.step == old.project.state.step + 2


def test_a_name_can_not_paint_the_terminal(tmp_path, capsys):
    run(["\x1b[31mred.gds"])
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_what_is_no_file_is_refused_in_a_sentence(refused, name):
    status, sentence = refused("train", name, "--steps", "1")
    assert status == 1
    assert sentence.endswith(".")


@pytest.mark.parametrize("key", ["two-rings", "penguins", "hidden-layer"])
def test_train_50_a_file_and_train_50_are_train_100_to_the_byte(tmp_path, key, capsys):
    names = [str(tmp_path / f"{name}.gds") for name in ("begin", "half", "two", "one")]
    save(load_example(key), Path(names[0]))
    run(["train", names[0], "--steps", "50", "--save", names[1]])
    run(["train", names[1], "--steps", "50", "--save", names[2], "--csv", str(tmp_path / "a.csv")])
    run(["train", names[0], "--steps", "100", "--save", names[3]])
    assert Path(names[2]).read_bytes() == Path(names[3]).read_bytes()
    assert (tmp_path / "a.csv").read_text().splitlines()[1].startswith("50,")


def test_train_may_save_over_its_own_file(three):
    assert run(["train", str(three), "--steps", "2", "--save", str(three)]) == 0
    assert load(three).state.step == 2


def test_train_reads_a_table(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n0,1\n1,3\n")
    assert run(["train", str(path), "--steps", "0", "--save", str(tmp_path / "t.gds")]) == 0
    document, _ = read_document(path)
    assert load(tmp_path / "t.gds").network == project_for(document.project.data, "t").network


@pytest.mark.parametrize("key", ["two-rings", "noisy-line"])
def test_train_prints_and_writes_the_loss_of_the_examples_held_out(tmp_path, capsys, key):
    project = set_test_share(load_example(key), 0.25)
    save(project, tmp_path / "a.gds")
    arguments = ["train", str(tmp_path / "a.gds"), "--steps", "20", "--csv", str(tmp_path / "a.csv")]
    assert run([*arguments, "--save", str(tmp_path / "b.gds")]) == 0
    first, last, test = capsys.readouterr().out.splitlines()
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[0] == "step,loss,test loss"
    assert len(lines) == 22
    rows = [line.split(",") for line in lines[1:]]
    assert [row[0] for row in rows] == [str(k) for k in range(21)]
    assert (first, last) == (f"first loss {rows[0][1]}", f"last loss {rows[-1][1]} after 20 steps")
    assert test == f"test loss {rows[-1][2]}"
    for row, at in ((rows[0], project), (rows[-1], load(tmp_path / "b.gds"))):
        held, others = list(project.data.held_out), np.delete(np.arange(len(project.data.raw_x)), project.data.held_out)
        for text, chosen in ((row[1], others), (row[2], held)):
            x, y = project.data.raw_x[chosen], project.data.raw_y[chosen]
            for (weights, bias), name in zip(at.network.layers(at.parameters), at.network.activations, strict=True):
                x = {"tanh": np.tanh, "linear": np.asarray}[name](x @ weights + bias)
            assert float(text) == pytest.approx(np.square(x - y).mean(), rel=1e-12)


def test_train_without_examples_held_out_says_nothing_of_a_test(tmp_path, capsys):
    save(load_example("two-rings"), tmp_path / "a.gds")
    run(["train", str(tmp_path / "a.gds"), "--steps", "1", "--csv", str(tmp_path / "a.csv")])
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert "test" not in (tmp_path / "a.csv").read_text()


def test_train_that_diverges_says_so_and_keeps_the_finite_numbers(tmp_path, refused):
    save(set_learning_rate(load_example("one-weight"), 0.5), tmp_path / "a.gds")
    status, text = refused("train", tmp_path / "a.gds", "--steps", 5000, "--save", tmp_path / "b.gds")
    assert status == 3
    assert text.startswith("The loss has grown a million-fold and more: ")
    assert text.endswith("The learning rate 0.5 is above the edge, 0.111. Try --learning-rate 0.056.")
    assert 0 < load(tmp_path / "b.gds").state.step < 5000
    assert run(["train", str(tmp_path / "a.gds"), "--steps", "5000", "--learning-rate", "0.056"]) == 0


def test_train_stops_where_the_window_would(tmp_path, refused, capsys):
    x = np.random.default_rng(2).uniform(800, 4500, size=(20, 1))
    lines = ["size,price", *(f"{size:.0f},{100 * size:.0f}" for size in x[:, 0])]
    (tmp_path / "houses.csv").write_text("\n".join(lines))
    status, text = refused("train", tmp_path / "houses.csv", "--steps", 20)
    assert status == 3
    assert "The inputs are not scaled: “size” goes up to " in text
    advised = text.rpartition("--learning-rate ")[2].rstrip(".")
    assert run(["train", str(tmp_path / "houses.csv"), "--steps", "20", "--learning-rate", advised]) == 0
    first, last, *_ = (float(line.split()[2]) for line in capsys.readouterr().out.splitlines()[-2:])
    assert last < first


@pytest.mark.parametrize("rate", ["0", "11", "1e-13", "abc", "nan"])
def test_a_learning_rate_that_can_t_be_is_refused(three, refused, rate):
    status, text = refused("train", three, "--steps", 2, "--learning-rate", rate)
    assert status == 1
    assert text.endswith(".")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
@pytest.mark.parametrize("command", [["verify", "--only", "lecture"], ["train", "FILE", "--steps", "2"]])
def test_output_that_can_t_be_written_is_said_in_one_sentence(three, command):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [str(three) if each == "FILE" else each for each in command]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gdstudio", *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip
    assert done.stderr == "gdstudio: The output can't be written: No space left on device.\n"
    assert done.returncode == 1


def test_training_and_verifying_never_load_qt(three):
    code = (
        "import sys; from gdstudio.app.cli import run; "
        f"assert run(['train', {str(three)!r}, '--steps', '2']) == 0; "
        "assert run(['verify', '--only', 'lecture']) == 0; "
        "print([name for name in sys.modules if name.split('.')[0] in ('PySide6', 'shiboken6', 'pyqtgraph')])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=env, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# verify


def test_the_lecture_agrees_with_its_golden_runs(capsys):
    assert run(["verify", "--only", "lecture"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "2 of 2 cases agree to 1e-10"
    assert all(line.startswith("ok    lecture-") for line in lines[:-1])


def test_all_26_bundled_cases_agree(capsys):
    assert run(["verify"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == len(json.loads(resource("reference/training.json").read_text())["cases"]) == 26
    assert [line for line in lines if not line.startswith("ok    ")] == []
    assert last == "26 of 26 cases agree to 1e-10"


@pytest.fixture
def golden(tmp_path):
    """A copy of the lecture's cases in which one thing was changed."""

    def changed(change):
        content = json.loads(resource("reference/training.json").read_text())
        content["cases"] = [case for case in content["cases"] if case["name"].startswith("lecture")]
        change(content["cases"][0])
        path = tmp_path / "golden.json"
        path.write_text(json.dumps(content))
        return path

    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda case: case["losses"].__setitem__(-1, case["losses"][-1] * (1 + 1e-8)),
        lambda case: case["gradient"].__setitem__(0, -case["gradient"][0]),
        lambda case: case["losses"].pop(),
        lambda case: case["optimizer"].update(name="wishing"),
        lambda case: case.update(activations=["wishing"]),
        lambda case: case["parameters"].append(1.0),
        lambda case: case["optimizer"].pop("learning_rate"),
    ],
    ids=["a digit", "a sign", "too few losses", "optimizer", "activation", "too many weights", "no rate"],
)
def test_a_corrupted_case_fails_and_the_others_are_still_run(golden, capsys, change):
    assert run(["verify", str(golden(change))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[:4].strip() for line in lines[:-1]] == ["FAIL", "ok"]
    assert lines[-1] == "1 of 2 cases agree to 1e-10"


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1, 2", b'{"cases": [{"name": "x"}]}', b"\xff\xfe", b'{"cases": []}']
)
def test_a_file_that_is_not_one_of_golden_runs_is_told(tmp_path, refused, content):
    (tmp_path / "odd.json").write_bytes(content)
    status, text = refused("verify", tmp_path / "odd.json")
    assert status == 1
    assert "odd.json" in text or text == "There are no cases in this file."


def test_a_name_that_no_case_has_is_told(refused):
    assert refused("verify", "--only", "nonsense") == (1, "No case is called “nonsense”.")


# Everything else


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit) as end:
        run(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"gdstudio {__version__}\n"


@pytest.mark.parametrize("command", [[], ["train"], ["screenshot"], ["verify"], ["doctor"]])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as end:
        run([*command, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: gdstudio", *command]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"], ["--theme", "pink"], ["a", "b"],
        ["train"], ["train", "a.gds"], ["train", "a.gds", "--steps", "-1"], ["train", "a.gds", "--steps", "many"],
        ["train", "a.gds", "--steps", "1e3"], ["screenshot"], ["screenshot", "-o", "a.png", "--size", "10x10"],
        ["screenshot", "-o", "a.png", "--size", "big"], ["screenshot", "-o", "a.png", "--scale", "7"],
        ["doctor", "now"], ["verify", "a", "b"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_bad_arguments_end_with_usage_and_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        run(arguments)
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: gdstudio")
    assert "Traceback" not in error


@pytest.mark.parametrize("before", [[], ["train", "--steps", "1"], ["verify"]], ids=["window", "train", "verify"])
@pytest.mark.parametrize(
    "name", ["missing.gds", "no/such/folder.csv", "a" * 300 + ".gds"], ids=["file", "folder", "long"]
)
def test_a_file_that_is_not_there_is_told_in_a_sentence(tmp_path, refused, before, name):
    status, text = refused(*before, tmp_path / name)
    assert status == 1
    assert Path(name).name in text


@pytest.mark.parametrize("option", ["--csv", "--save"])
def test_a_place_where_nothing_can_be_written_is_told(three, tmp_path, refused, option):
    status, text = refused("train", three, "--steps", "1", option, tmp_path / "missing" / "out")
    assert (status, text) == (1, "out can't be written: No such file or directory.")


@pytest.mark.parametrize("arguments", [[], ["screenshot", "-o", "a.png"]], ids=["window", "screenshot"])
def test_the_refused_pair_ends_with_status_2_before_qt_is_loaded(monkeypatch, refused, arguments):
    monkeypatch.setattr(checks, "pair_problem", lambda *_: "They don't fit.")
    assert refused(*arguments) == (2, "They don't fit.")


# In a process of its own


def test_gdstudio_runs_as_a_module(command):
    done = command("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"gdstudio {__version__}\n", "")


@pytest.mark.parametrize(
    "variables",
    [
        NO_DISPLAY,
        {**NO_DISPLAY, "DISPLAY": ":59001"},
        {**NO_DISPLAY, "DISPLAY": ":59001", "QT_QPA_PLATFORM": "xcb"},
        {**NO_DISPLAY, "WAYLAND_DISPLAY": "wayland-none"},
    ],
    ids=["nothing set", "no answer", "xcb asked for", "a wayland that is gone"],
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are of Linux")
def test_without_a_display_the_window_ends_with_one_sentence_and_status_2(command, one_sentence, tmp_path, variables):
    done = command(XDG_RUNTIME_DIR=str(tmp_path), **variables)
    assert done.returncode == 2
    assert "display" in one_sentence(done.stderr).lower()
    assert done.stdout == ""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_reads_the_output_may_stop_reading(unbuffered):
    reading, writing = os.pipe()
    os.close(reading)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered}
    arguments = [sys.executable, "-m", "gdstudio", "verify", "--only", "lecture"]
    done = subprocess.run(arguments, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, env=env)
    os.close(writing)
    assert done.stderr == ""
