"""The menus of the canvas: what can be done with a weight, a node or a target.

Turns a choice into a wish of the view; decides nothing.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from gdstudio.document.project import NodeRef, ParameterRef, Ref, TargetRef
from gdstudio.engine import ACTIVATIONS
from gdstudio.teaching.picture import Picture

if TYPE_CHECKING:
    from gdstudio.ui.canvas.view import NetworkView


def menu_for(view: "NetworkView", picture: Picture, ref: Ref) -> QMenu:
    """Return the menu of a weight, a node or a target of the network in ``picture``."""
    menu = QMenu(view)
    menu.setObjectName("canvasMenu")
    match ref:
        case ParameterRef(index):
            _add(menu, "Edit value…", lambda: view.edit(ref))
            locked = index in picture.project.recipe.locked
            lock = _add(menu, "Locked", lambda: view.lock_requested.emit(index, not locked))
            lock.setCheckable(True)
            lock.setChecked(locked)
        case TargetRef():
            _add(menu, "Edit target…", lambda: view.edit(ref))
        case NodeRef():
            _fill_node_menu(menu, view, picture, ref)
    return menu


def _fill_node_menu(menu: QMenu, view: "NetworkView", picture: Picture, node: NodeRef) -> None:
    network = picture.network
    last = len(network.sizes) - 1
    if node.layer == 0:
        _add(menu, "Edit value…", lambda: view.edit(node))
    else:
        edit = _add(menu, "Edit bias…", lambda: view.edit(node))
        edit.setEnabled(network.bias)
        biases = _add(menu, "Network has biases", lambda: view.bias_requested.emit(not network.bias))
        biases.setCheckable(True)
        biases.setChecked(network.bias)
        chosen = menu.addMenu("Activation of this layer")
        group = QActionGroup(chosen)
        for name, activation in ACTIVATIONS.items():
            action = _add(chosen, activation.label, partial(view.activation_requested.emit, node.layer, name))
            action.setCheckable(True)
            action.setChecked(name == network.activations[node.layer - 1])
            group.addAction(action)
    _add(menu, "Rename…", lambda: view.rename(node))
    menu.addSeparator()
    _add(menu, "Add a node to this layer", lambda: view.node_add_requested.emit(node.layer))
    _add(menu, "Remove this node", lambda: view.remove(node))
    menu.addSeparator()
    _add(menu, "Add a layer after this one", lambda: view.layer_add_requested.emit(node.layer)).setEnabled(
        node.layer < last
    )
    _add(menu, "Remove this layer", lambda: view.layer_remove_requested.emit(node.layer)).setEnabled(
        0 < node.layer < last
    )


def _add(menu: QMenu, text: str, wish: Callable[[], object]) -> QAction:
    action = menu.addAction(text)

    def on_triggered(checked: bool) -> None:
        wish()

    action.triggered.connect(on_triggered)
    return action
