from pathlib import Path

import pytest

from gdstudio.app.arguments import window_arguments


def test_without_arguments_nothing_is_chosen():
    options = window_arguments([])
    assert (options.file, options.target, options.theme) == (None, None, None)


def test_a_file_a_target_and_a_theme_are_read_in_any_order():
    for arguments in (["a.csv", "--target", "age", "--theme", "dark"], ["--theme=dark", "--target=age", "a.csv"]):
        options = window_arguments(arguments)
        assert (options.file, options.target, options.theme) == (Path("a.csv"), "age", "dark")


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_every_theme_can_be_asked_for(theme):
    assert window_arguments(["--theme", theme]).theme == theme


def test_a_file_that_begins_with_a_dash_can_be_named():
    assert window_arguments(["--", "-a.gds"]).file == Path("-a.gds")
