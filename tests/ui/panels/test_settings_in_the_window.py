"""Every setting of the control panel in the real window: chosen by keyboard, undone, refused, and changed in a run."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QToolButton, QWidget

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.datasets import SCALINGS, Generated
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.generators import GENERATORS, usual
from gdstudio.document.numbers import exact
from gdstudio.engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES

NAMES = {example.key: example.data for example in EXAMPLES}
HIDDEN = [name for name, row in ACTIVATIONS.items() if not row.last_only]


def three_classes():
    """Three clouds, whose targets any loss can be used with."""
    return edits.set_generated(load_example("two-rings"), usual("three-gaussians"))


def source_of(project) -> str:
    made = project.data.generated
    return f"made {made.name}" if made else next(key for key, name in NAMES.items() if name == project.data.name)


CHOICES = {
    "optimizerCombo": ("xor", OPTIMIZERS, lambda project: project.recipe.optimizer, "Change optimizer"),
    "lossCombo": (three_classes, LOSSES, lambda project: project.recipe.loss, "Change loss"),
    "scheduleCombo": ("xor", SCHEDULES, lambda project: project.recipe.schedule, "Change schedule"),
    "activationCombo": ("two-rings", HIDDEN, lambda p: edits.hidden_activation(p.network), "Change activation"),
    "lastActivationCombo": ("xor", HIDDEN, lambda p: p.network.activations[-1], "Change activation of layer 2"),
    "initializerCombo": (
        "xor",
        INITIALIZERS,
        lambda project: project.recipe.initializer,
        "Change how a start is drawn",
    ),
    "scalingCombo": ("xor", SCALINGS, lambda project: project.data.scaling, "Change scaling"),
    "targetCombo": ("xor", ["input 1", "input 2", "target"], lambda p: p.data.target_names[0], "Make {} the target"),
    "dataCombo": ("xor", [*NAMES, *(f"made {name}" for name in GENERATORS)], source_of, "Use data {}"),
}


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def begin(studio: Studio, source, *edit) -> QWidget:
    """Open a project with all rows on show; returns the control panel."""
    project = load_example(source) if isinstance(source, str) else source()
    for change in edit:
        project = change(project)
    studio.session.open(project, None)
    studio.window.activateWindow()
    panel = studio.window.control_panel
    for button in panel.findChildren(QToolButton):
        button.setChecked(True)
    return panel


def entries(studio: Studio) -> list[str]:
    stack = studio.session.undo_stack
    return [stack.text(k) for k in range(stack.index())]


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_is_made_by_keyboard_is_one_undo_entry_and_undo_brings_the_old_one_back(studio, by, name):
    source, table, effect, text = CHOICES[name]
    combo = begin(studio, source).findChild(QComboBox, name)
    before = effect(studio.session.project)
    assert combo.currentData() == before
    for key in table:
        by.pick(combo, key)
        assert effect(studio.session.project) == key
        assert combo.currentData() == key
        if key == before:
            assert entries(studio) == []
            continue
        named = NAMES.get(key) or (GENERATORS[key[5:]].label if key[5:] in GENERATORS else key)
        assert entries(studio) == [text.format(named)]
        studio.session.undo_stack.undo()
        assert effect(studio.session.project) == before
        assert combo.currentData() == before
    assert by.refusals(studio.window) == []
    assert studio.window.message_bar.isHidden()


def test_softmax_comes_with_its_loss_and_goes_with_it(studio, by):
    panel = begin(studio, three_classes)
    last = panel.network.last_activation_combo
    by.pick(panel.descent.loss_combo, "categorical_crossentropy")
    assert studio.session.project.network.activations[-1] == last.currentData() == "softmax"
    by.pick(panel.descent.loss_combo, "mse")
    assert studio.session.project.network.activations[-1] == last.currentData() == "linear"
    assert entries(studio) == ["Change loss"] * 2
    studio.session.undo_stack.undo()
    assert last.currentData() == "softmax"


def setting(name: str):
    return lambda project: dict(project.recipe.settings)[name]


FIELDS = {
    "learningRateField": ((), "1/9", lambda p: p.recipe.learning_rate, 1 / 9, "Change learning rate"),
    "momentumField": ("momentum", "0.5", setting("momentum"), 0.5, "Change momentum"),
    "rhoField": ("rmsprop", "0.75", setting("rho"), 0.75, "Change rho"),
    "beta1Field": ("adam", "0.25", setting("beta_1"), 0.25, "Change beta 1"),
    "beta2Field": ("adam", "0.5", setting("beta_2"), 0.5, "Change beta 2"),
    "epsilonField": ("adagrad", "1e-6", setting("epsilon"), 1e-6, "Change epsilon"),
    "weightDecayField": ("adamw", "0.5", setting("weight_decay"), 0.5, "Change weight decay"),
    "batchField": ((), "3", lambda p: p.recipe.batch_size, 3, "Change batch size"),
    "periodField": ((), "250", lambda p: p.recipe.period, 250, "Change period"),
    "l1Field": ((), "0.01", lambda p: p.recipe.l1, 0.01, "Change L1 penalty"),
    "l2Field": ((), "1/1000", lambda p: p.recipe.l2, 0.001, "Change L2 penalty"),
    "spreadField": ((), "0.125", lambda p: p.recipe.spread, 0.125, "Change the start’s spread"),
    "testShareField": ((), "25%", lambda p: len(p.data.held_out), 1, "Change test share"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_number_is_typed_is_one_undo_entry_and_undo_brings_the_old_one_back(studio, by, name):
    optimizer, text, effect, value, entry = FIELDS[name]
    panel = begin(
        studio, "xor", lambda p: edits.set_initializer(edits.set_schedule(p, "cosine"), "normal"),
        lambda p: edits.set_optimizer(p, optimizer or "sgd"),
    )  # fmt: skip
    field = panel.findChild(QLineEdit, name)
    before, shown = effect(studio.session.project), field.text()
    by.enter(field, text)
    assert effect(studio.session.project) == value
    assert entries(studio) == [entry]
    assert field.text() != shown
    studio.session.undo_stack.undo()
    assert effect(studio.session.project) == before
    assert field.text() == shown
    assert by.refusals(panel) == []


# Refused.


REFUSED = {
    "a batch larger than the data": ("xor", "batchField", "5", "A batch has from 1 to 4 examples; 5 is outside."),
    "a batch and a half": ("xor", "batchField", "1.5", "A batch is a whole number of examples from 1 on, or “all”."),
    "a loss whose targets don't fit": (
        "hidden-layer", "lossCombo", "binary_crossentropy",
        "Binary cross-entropy needs targets from 0 to 1; one of them is 13.",
    ),
    "a loss of classes for one output": (
        "xor", "lossCombo", "categorical_crossentropy",
        "Categorical cross-entropy needs targets that sum to 1 in every example, one for each class.",
    ),
    "softmax with mse": (
        three_classes, "lastActivationCombo", "softmax",
        "Softmax goes with categorical cross-entropy, not with mean squared error.",
    ),
    "a negative rate": (
        "xor", "learningRateField", "-0.1", "The learning rate goes from 1e−12 to 10; −0.1 is outside.",
    ),
    "a beta of 1.5": ("xor", "beta1Field", "1.5", "Beta 1 of Adam goes from 0 to 0.9999; 1.5 is outside."),
    "an epsilon of -1": ("xor", "epsilonField", "-1", None),
    "a share of 95": (
        "xor", "testShareField", "95", "From 0 to 90 % of the examples can be held out for testing, or “none”.",
    ),
    "a share of nobody": ("xor", "testShareField", "1 %", None),
    "a seed of 1.5": ("made", "dataSeedField", "1.5", "A seed is a whole number from 0 to 2,147,483,647."),
    "a negative noise": ("made", "noiseField", "-1", None),
    "no examples": ("made", "dataCountField", "0", None),
    "a penalty of abc": ("xor", "l1Field", "abc", "“abc” is not a number; type one like 0.01, 1e-3 or 1/28."),
    "a negative penalty": ("xor", "l2Field", "-1", None),
    "a period of nothing": ("xor", "periodField", "0", None),
    "a negative width": ("xor", "spreadField", "-1", None),
    "two numbers": ("xor", "toleranceField", "1 2", None),
}  # fmt: skip


def ready(studio: Studio, source) -> QWidget:
    """Open a project in which every row is on show, with Adam for those on XOR."""
    if source == "made":
        return begin(studio, lambda: edits.set_generated(load_example("two-rings"), usual("moons")))
    if source != "xor":
        return begin(studio, source)
    return begin(
        studio, source, lambda p: edits.set_optimizer(p, "adam"), lambda p: edits.set_schedule(p, "cosine"),
        lambda p: edits.set_initializer(p, "normal"),
    )  # fmt: skip


def ask(by, panel: QWidget, name: str, what: str) -> QWidget:
    control = panel.findChild(QWidget, name)
    (by.pick if isinstance(control, QComboBox) else by.enter)(control, what)
    return control


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_in_one_sentence_beside_its_control_and_nothing_changes(studio, qapp, by, what):
    source, name, wish, sentence = REFUSED[what]
    panel = ready(studio, source)
    control = panel.findChild(QWidget, name)
    project = studio.session.project
    before = control.currentData() if isinstance(control, QComboBox) else control.text()
    ask(by, panel, name, wish)
    said = by.refusals(studio.window)
    assert len(said) == 1
    assert said == [sentence or said[0]]
    assert said[0].endswith(".")
    assert "\n" not in said[0]
    assert studio.window.message_bar.isHidden()
    assert studio.session.project is project
    assert studio.session.undo_stack.count() == 0
    if isinstance(control, QComboBox):
        assert control.currentData() == before
    else:
        assert control.text() in (before, wish)
        assert bool(control.property("invalid")) == (control.text() == wish)
    label = next(each for each in panel.findChildren(QLabel) if each.text() == said[0])
    for _ in range(4):
        qapp.processEvents()
    below = label.mapTo(panel, QPoint(0, 0)).y() - control.mapTo(panel, control.rect().bottomLeft()).y()
    assert 0 < below < 14
    assert label.height() >= label.heightForWidth(label.width()) - 1


@pytest.mark.parametrize("what", ["a negative rate", "a negative noise", "an epsilon of -1", "a negative penalty"])
def test_a_refused_number_has_the_real_minus_sign_and_no_digits_that_nobody_typed(studio, by, what):
    source, name, wish, _ = REFUSED[what]
    panel = ready(studio, source)
    ask(by, panel, name, wish)
    (said,) = by.refusals(panel)
    assert wish.replace("-", "−") in said
    assert "-" not in said
    assert ".0." not in said


@pytest.mark.parametrize("what", [name for name, row in REFUSED.items() if row[1].endswith("Field")])
def test_the_sentence_goes_away_when_something_else_is_typed(studio, by, what):
    source, name, wish, _ = REFUSED[what]
    panel = ready(studio, source)
    field = ask(by, panel, name, wish)
    assert len(by.refusals(panel)) == 1
    QTest.keyClicks(field, "1")
    assert by.refusals(panel) == []


def test_what_was_typed_and_what_was_refused_go_with_the_document(studio, by):
    panel = ready(studio, "hidden-layer")
    ask(by, panel, "lossCombo", "binary_crossentropy")
    assert len(by.refusals(panel)) == 1
    by.enter(panel.descent.rate_field, "5", None)
    studio.session.open(load_example("hidden-layer"), None)
    assert by.refusals(panel) == []
    assert panel.descent.rate_field.text() == exact(studio.session.project.recipe.learning_rate)
    panel.descent.rate_field.clearFocus()
    assert studio.session.project.recipe == load_example("hidden-layer").recipe
    assert entries(studio) == []


def test_the_sentence_goes_away_with_the_next_good_wish(studio, by):
    panel = ready(studio, "hidden-layer")
    ask(by, panel, "lossCombo", "binary_crossentropy")
    assert len(by.refusals(panel)) == 1
    ask(by, panel, "lossCombo", "huber")
    assert by.refusals(panel) == []
    assert studio.session.project.recipe.loss == "huber"


def test_a_choice_that_was_refused_can_be_wished_for_again_and_the_sentence_comes_back(studio, by):
    panel = ready(studio, "hidden-layer")
    for _ in range(2):
        ask(by, panel, "lossCombo", "binary_crossentropy")
        assert len(by.refusals(panel)) == 1
        assert panel.descent.loss_combo.currentData() == "mse"
    studio.session.set_value(0, 2, 0.5)
    ask(by, panel, "lossCombo", "binary_crossentropy")
    assert studio.session.project.recipe.loss == "binary_crossentropy"
    assert by.refusals(panel) == []


def test_two_controls_can_be_refused_at_a_time_each_beside_itself(studio, by):
    panel = ready(studio, "xor")
    ask(by, panel, "batchField", "5")
    ask(by, panel, "beta1Field", "1.5")
    assert len(by.refusals(panel)) == 2
    ask(by, panel, "batchField", "2")
    assert by.refusals(panel) == ["Beta 1 of Adam goes from 0 to 0.9999; 1.5 is outside."]


@pytest.mark.parametrize(
    "cure",
    [
        lambda studio: studio.session.open(load_example("two-rings"), None),
        lambda studio: studio.documents.use_data("two-rings"),
    ],
    ids=["another document", "more data"],
)
def test_no_sentence_is_left_beside_a_control_when_it_is_not_true_any_more(studio, by, cure):
    panel = ready(studio, "xor")
    ask(by, panel, "batchField", "5")
    cure(studio)
    assert by.refusals(panel) == []


def test_a_sentence_about_a_setting_does_not_come_back_with_another_optimizer(studio, by):
    panel = ready(studio, "xor")
    ask(by, panel, "beta1Field", "1.5")
    by.pick(panel.descent.optimizer_combo, "sgd")
    assert by.refusals(panel) == []
    by.pick(panel.descent.optimizer_combo, "adamw")
    assert by.refusals(panel) == []


@pytest.mark.parametrize(
    "wish",
    [
        lambda studio: studio.window.canvas.activation_requested.emit(2, "softmax"),
        lambda studio: studio.window.canvas.layer_remove_requested.emit(0),
        lambda studio: studio.session.set_batch_size(99),
    ],
)
@pytest.mark.parametrize("after_a_wish", [False, True])
def test_what_is_refused_from_elsewhere_is_said_above_the_canvas(studio, by, wish, after_a_wish):
    panel = ready(studio, "xor")
    if after_a_wish:
        ask(by, panel, "lossCombo", "huber")
    wish(studio)
    assert studio.window.message_bar.text().endswith(".")
    assert not studio.window.message_bar.isHidden()
    assert by.refusals(panel) == []


# In the middle of a run.


LIVE = {
    "a rate": ("learningRateField", "0.01", lambda p: p.recipe.learning_rate == 0.01),
    "an optimizer": ("optimizerCombo", "adamw", lambda p: p.recipe.optimizer == "adamw"),
    "a beta": ("beta1Field", "0.5", lambda p: setting("beta_1")(p) == 0.5),
    "a loss": ("lossCombo", "huber", lambda p: p.recipe.loss == "huber"),
    "a loss with its activation": (
        "lossCombo", "binary_crossentropy", lambda p: p.network.activations[-1] == "sigmoid",
    ),
    "an activation": ("activationCombo", "elu", lambda p: p.network.activations[0] == "elu"),
    "a last activation": ("lastActivationCombo", "tanh", lambda p: p.network.activations[-1] == "tanh"),
    "a batch": ("batchField", "2", lambda p: p.recipe.batch_size == 2),
    "a schedule": ("scheduleCombo", "exponential", lambda p: p.recipe.schedule == "exponential"),
    "a period": ("periodField", "9", lambda p: p.recipe.period == 9),
    "a penalty": ("l2Field", "0.001", lambda p: p.recipe.l2 == 0.001),
    "where it stops": ("toleranceField", "1e-12", lambda p: True),
    "what is refused": ("batchField", "99", lambda p: p.recipe.batch_size is None),
}  # fmt: skip


@pytest.mark.parametrize("what", LIVE)
def test_a_setting_changes_in_the_middle_of_a_run_and_the_run_goes_on(studio, by, what):
    name, wish, holds = LIVE[what]
    panel = ready(studio, "xor")
    studio.player.set_speed(7)
    studio.player.set_running(True)
    for _ in range(3):  # a tick may go to the views
        studio.player.advance(100)
    step = studio.session.viewed.state.step
    ask(by, panel, name, wish)
    assert studio.player.is_running, (studio.window.message_bar.text(), studio.session.viewed.state.step)
    for _ in range(3):
        studio.player.advance(100)
    assert studio.player.is_running, (studio.window.message_bar.text(), studio.session.viewed.state.step)
    assert studio.session.viewed.state.step > step > 0
    assert holds(studio.session.viewed)
    assert studio.window.message_bar.isHidden()
    studio.player.set_running(False)
    assert len(by.refusals(panel)) == (what == "what is refused")


# Data made to order.


def test_made_data_is_chosen_changed_and_undone(studio, by):
    panel = begin(studio, "two-rings")
    fields = (panel.data.count_field, panel.data.noise_field, panel.data.seed_field)
    assert not any(field.isVisible() for field in fields)
    by.pick(panel.data.data_combo, "made moons")
    assert [field.text() for field in fields] == ["120", "0.1", "0"]
    assert all(field.isVisible() for field in fields)
    for field, text in zip(fields, ("30", "0.25", "7"), strict=True):
        before = studio.session.project.data.columns
        by.enter(field, text)
        assert studio.session.project.data.columns.tolist() != before.tolist()
    assert studio.session.project.data.generated == Generated("moons", 30, 0.25, 7)
    assert len(studio.session.project.data) == 30
    assert entries(studio) == ["Use data Moons"] * 4
    for expected in (["30", "0.25", "0"], ["30", "0.1", "0"], ["120", "0.1", "0"]):
        studio.session.undo_stack.undo()
        assert [field.text() for field in fields] == expected
    studio.session.undo_stack.undo()
    assert panel.data.data_combo.currentData() == "two-rings"
    assert not any(field.isVisible() for field in fields)


def test_made_data_keeps_scaling_and_test_share_when_a_number_of_it_changes(studio, by):
    panel = begin(studio, lambda: edits.set_generated(load_example("two-rings"), usual("moons")))
    by.pick(panel.data.scaling_combo, "standard")
    by.enter(panel.data.share_field, "25")
    by.enter(panel.data.count_field, "80")
    data = studio.session.project.data
    assert (data.scaling, len(data.held_out), len(data)) == ("standard", 20, 60)
    assert panel.data.share_field.text() == "25 %"


def test_data_is_not_made_any_more_when_one_value_of_it_is_edited(studio, by):
    panel = begin(studio, lambda: edits.set_generated(load_example("two-rings"), usual("moons")))
    fields = (panel.data.count_field, panel.data.noise_field, panel.data.seed_field)
    studio.window.canvas.value_requested.emit(0, 0.75)
    assert studio.session.project.data.generated is None
    assert not any(field.isVisible() for field in fields)
    assert panel.data.data_combo.currentIndex() == -1
    assert panel.data.data_combo.placeholderText() == "Moons"
    studio.session.undo_stack.undo()
    assert all(field.isVisible() for field in fields)
    assert panel.data.data_combo.currentData() == "made moons"


def test_a_share_that_is_held_out_is_not_offered_as_an_example(studio, by):
    panel = begin(studio, "two-rings")
    by.enter(panel.data.share_field, "25 %")
    combo = panel.data.example_combo
    assert combo.count() == 91
    assert (combo.itemText(0), combo.itemText(89)) == ("Example 1 of 90", "Example 90 of 90")
    assert combo.itemText(90) == "Mean over all 90"
    by.enter(panel.data.share_field, "none")
    assert combo.itemText(120) == "Mean over all 120"
    assert panel.data.share_field.text() == "none"
    assert entries(studio) == ["Change test share"] * 2
