"""How each activation, loss, optimizer and schedule is written: a row for every one, and each the engine's own."""

import math

import numpy as np
import pytest

from gdstudio.document import codegen_tables as tables
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES

Z = np.array([[-800.0, -40.0, -3.0, -1.0, -1e-9, -0.0], [0.0, 1e-9, 0.5, 2.0, 40.0, 800.0]])
ERROR = np.array([[-5.0, -1.0, -0.3, -0.0, 0.0], [0.4, 0.999, 1.0, 1.001, 7.0]])
TARGET = np.array([[0.0, 1.0, 0.3, 1.0, 0.0], [1.0, 0.0, 0.7, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("table", "engine"),
    [
        (tables.NUMPY_ACTIVATIONS, ACTIVATIONS),
        (tables.TORCH_ACTIVATIONS, ACTIVATIONS),
        (tables.NUMPY_LOSSES, LOSSES),
        (tables.TORCH_LOSSES, LOSSES),
        (tables.NUMPY_OPTIMIZERS, OPTIMIZERS),
        (tables.TORCH_OPTIMIZERS, OPTIMIZERS),
        (tables.TORCH_MEMORY, OPTIMIZERS),
        (tables.SCHEDULE_LINES, SCHEDULES),
    ],
)
def test_every_table_has_a_row_for_each_of_the_engines(table, engine):
    assert list(table) == list(engine)


def defined(source):
    names = {"np": np, "math": math}
    exec(source, names)
    return names


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "linear"])
def test_an_activation_has_the_engines_bits(name):
    value = defined(tables.NUMPY_ACTIVATIONS[name].function)[name](Z.copy())
    with np.errstate(all="ignore"):
        assert value.tobytes() == ACTIVATIONS[name].value(Z, np.empty_like(Z)).tobytes()


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "softmax"])
def test_a_slope_has_the_engines_bits(name):
    row = tables.NUMPY_ACTIVATIONS[name]
    with np.errstate(all="ignore"):
        a = ACTIVATIONS[name].value(Z, np.empty_like(Z))
        slope = ACTIVATIONS[name].slope(Z, a, np.empty_like(Z))
    written = eval(row.slope.format(z="z", a="a"), {**defined(row.function), "z": Z, "a": a})
    assert np.array_equal(np.broadcast_to(np.asarray(written, dtype=float), Z.shape), slope)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_and_its_slope_are_the_engines(name):
    row, loss, z = tables.NUMPY_LOSSES[name], LOSSES[name], ERROR * 2.0
    last = ACTIVATIONS[loss.taken_with or "linear"]
    a = last.value(z, np.empty_like(z))
    functions = {} if loss.taken_with is None else defined(tables.NUMPY_ACTIVATIONS[loss.taken_with].function)
    names = {"np": np, "error": ERROR, "a": a, "z": z, "y": TARGET.T, **functions}
    terms = loss.terms(ERROR, z, TARGET, np.empty_like(z))
    assert float(eval(row.total, names)) == pytest.approx(float(terms.sum()), rel=1e-15, abs=0)
    error = ERROR if loss.error is None else loss.error(z, a, TARGET, np.empty_like(z))
    assert eval(row.slope.format(a="a", z="z"), names).tobytes() == loss.slope(error, np.empty_like(z)).tobytes()


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_the_engines_bits(name):
    for t in (0.0, 0.1, 0.5, 0.999, 1.0, 1.7, 12.3):
        assert eval(tables.SCHEDULE_LINES[name], {"math": math, "t": t}) == SCHEDULES[name].factor(t)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_has_the_engines_bits_and_leaves_its_memory_in_its_slots(name):
    row = OPTIMIZERS[name]
    random = np.random.default_rng(5)
    parameters, memory = random.normal(size=7), row.init(np.zeros(7))
    names = {"np": np, "rate": 0.07, **row.defaults()}
    names |= {slot.name: values.copy() for slot, values in zip(row.slots, memory, strict=True)}
    for _ in range(4):
        g, change = random.normal(size=7), np.empty(7)
        memory = row.update(parameters, g, memory, 0.07, row.defaults(), change)
        exec("\n".join(tables.NUMPY_OPTIMIZERS[name]), names | {"g": g, "parameters": parameters}, names)
        assert names["change"].tobytes() == change.tobytes()
        for slot, values in zip(row.slots, memory, strict=True):
            assert names[slot.name].tobytes() == values.tobytes()
        parameters = parameters + change


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_setting_of_an_optimizer_is_handed_on(name):
    for setting in OPTIMIZERS[name].settings:
        for text in ("\n".join(tables.NUMPY_OPTIMIZERS[name]), tables.TORCH_OPTIMIZERS[name]):
            assert setting.name in text


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_pytorchs_memory_has_a_name_for_every_slot(name):
    assert list(tables.TORCH_MEMORY[name]) == [slot.name for slot in OPTIMIZERS[name].slots]
