"""How each activation, loss and optimizer is written in Keras: a row for every one of the engine's."""

import pytest

from gdstudio.document.codegen_keras_tables import KERAS_ACTIVATIONS, KERAS_LOSSES, KERAS_OPTIMIZERS
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS


@pytest.mark.parametrize(
    ("table", "engine"),
    [(KERAS_ACTIVATIONS, ACTIVATIONS), (KERAS_LOSSES, LOSSES), (KERAS_OPTIMIZERS, OPTIMIZERS)],
)
def test_every_table_has_a_row_for_each_of_the_engines(table, engine):
    assert list(table) == list(engine)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_kerass_own_optimizer_is_handed_every_setting_and_has_a_place_for_every_slot(name):
    row = KERAS_OPTIMIZERS[name]
    if row.call:
        assert list(row.memory) == [slot.name for slot in OPTIMIZERS[name].slots]
        assert all(setting.name in row.call for setting in OPTIMIZERS[name].settings)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_where_keras_has_another_rule_or_none_it_is_said_in_a_sentence(name):
    row = KERAS_OPTIMIZERS[name]
    assert row.call or row.differs
    assert not row.differs or (row.differs.startswith("Keras's own ") and row.differs.endswith("."))
    assert not row.while_rate_changes or row.call


@pytest.mark.parametrize("name", [name for name, row in LOSSES.items() if row.taken_with])
def test_a_loss_that_is_taken_with_an_activation_takes_what_comes_before_it(name):
    assert "from_logits=True" in KERAS_LOSSES[name]
