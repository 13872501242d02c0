"""The view on the network: pan, zoom and fit, selecting, dragging, typing in place, the keyboard and the menus.

Turns gestures into wishes and decides nothing about training.
"""

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QMenu, QWidget

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import exact, parse_number, shown
from gdstudio.document.project import NodeRef, ParameterRef, Ref, TargetRef, node_name, parameter_name
from gdstudio.engine import Place
from gdstudio.teaching.choreography import Frame
from gdstudio.teaching.node_pictures import NodePictures
from gdstudio.teaching.picture import Example, Picture
from gdstudio.teaching.trace import Trace
from gdstudio.ui.canvas.context_menu import menu_for
from gdstudio.ui.canvas.items import RoundButton
from gdstudio.ui.canvas.layout import arrange
from gdstudio.ui.canvas.navigation import Direction, neighbour
from gdstudio.ui.canvas.scene import NetworkScene
from gdstudio.ui.theme import Theme
from gdstudio.ui.widgets.number_field import InPlaceField

_COMFORTABLE = (840.0, 385.0)
"""The room, in scene units, that a network gets at scale 1."""
_SCALES = (0.55, 2.2)
_SHARES = (1.0, 0.88, 0.76, 0.66)
_ZOOMS = (0.3, 12.0)
_LARGEST = 1.7e308
"""Where a drag ends, just inside what a float64 can hold."""
_KEYS = {
    Qt.Key.Key_Left: Direction.LEFT,
    Qt.Key.Key_Right: Direction.RIGHT,
    Qt.Key.Key_Up: Direction.UP,
    Qt.Key.Key_Down: Direction.DOWN,
}


class NetworkView(QGraphicsView):
    """The canvas.

    Signals
    -------
    selection_requested(Ref | None)
        A person pointed at something.
    parameter_requested(int, float, int)
        A new value for a weight or bias; the last number is that of the gesture, 0 for one on its own.
    value_requested(int, float)
        A new value for a column of the shown example, in the data's own units.
    lock_requested(int, bool), bias_requested(bool), activation_requested(int, str), rename_requested(NodeRef, str)
        From the menus.
    node_add_requested(int), node_remove_requested(NodeRef), layer_add_requested(int), layer_remove_requested(int)
        Changes of the network's shape.
    node_hovered(NodeRef | None)
        The mouse has come to a node, or left it.
    refused(str)
        What was typed or pressed can't be done here; one sentence.
    """

    selection_requested = Signal(object)
    parameter_requested = Signal(int, float, int)
    value_requested = Signal(int, float)
    lock_requested = Signal(int, bool)
    bias_requested = Signal(bool)
    activation_requested = Signal(int, str)
    rename_requested = Signal(object, str)
    node_add_requested = Signal(int)
    node_remove_requested = Signal(object)
    layer_add_requested = Signal(int)
    layer_remove_requested = Signal(int)
    node_hovered = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkCanvas")
        self.setAccessibleName("Network")
        self._scene = NetworkScene(self)
        self.setScene(self._scene)
        self._picture: Picture | None = None
        self._example: Example = 0
        self._selection: Ref | None = None
        self._is_running = False
        self._hovered: NodeRef | None = None
        self._zoom = 1.0
        self._pan_from: QPoint | None = None
        self._drag: tuple[int, float, float, float] | None = None
        self._drag_moved = False
        self._button: RoundButton | None = None
        self._gesture = 0
        self._editing: Ref | None = None
        self._renaming = False
        self._field = InPlaceField(self.viewport())
        self._field.committed.connect(self._on_typed)
        self._field.cancelled.connect(self.close_field)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(320, 180)
        self._scene.node_add_requested.connect(self.node_add_requested)
        self._scene.node_remove_requested.connect(self._on_remove_last)
        self._scene.layer_add_requested.connect(self.layer_add_requested)

    # Shown values.

    @property
    def network_scene(self) -> NetworkScene:
        return self._scene

    def set_theme(self, theme: Theme) -> None:
        self._scene.set_theme(theme)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show one frame of a step, or a moment at rest."""
        old, self._picture = self._picture, frame.picture
        if old is None or frame.picture.network != old.network:
            self.fit()
        if old is not None and frame.picture.network.sizes != old.network.sizes:
            self.close_field()
            self._drag = None
        self._scene.show_frame(frame)
        if frame.phase is None and not self._is_running:
            self._speak()

    @Slot(bool)
    def show_running(self, running: bool) -> None:
        """Say nothing while a run goes on, and how it ended when it has."""
        self._is_running = running
        if not running:
            self._speak()

    @Slot(object)
    def show_example(self, example: Example) -> None:
        self._example = example
        self._scene.show_example(example)

    @Slot(object)
    def show_selection(self, ref: Ref | None) -> None:
        self._selection = ref
        self._scene.show_selection(ref)
        self._speak()

    @Slot(object)
    def show_node_pictures(self, pictures: NodePictures | None) -> None:
        """Show in each node what it makes of the inputs, or (None) its number."""
        self._scene.show_node_pictures(pictures)

    @Slot(object)
    def show_pointed(self, trace: Trace | None) -> None:
        """Show where a number lies that is pointed at among the explanations."""
        self._scene.show_pointed(trace)

    def _speak(self) -> None:
        """Say in one line what is selected, for screen readers."""
        picture = self._picture
        if picture is None:
            return
        text = (
            f"Network {' to '.join(map(str, picture.network.sizes))}, step {picture.step}, loss {shown(picture.loss)}."
        )
        sizes = picture.network.sizes
        match self._selection:
            case ParameterRef(index) if index < picture.network.parameter_count:
                text += (
                    f" Selected: {parameter_name(picture.project, index)}, value {shown(picture.parameters[index])}, "
                    f"slope {shown(picture.gradient[index])}."
                )
            case NodeRef(layer, position) as node if layer < len(sizes) and position < sizes[layer]:
                value = picture.values(self._shown_example())[layer][position]
                text += f" Selected: {node_name(picture.project, node)}, value {shown(value)}."
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _shown_example(self) -> Example:
        picture = self._picture
        return self._example if picture and self._example is not None and self._example < len(picture.data) else None

    # Room, zoom and pan.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.close_field()
        self.fit()

    @Slot()
    def fit(self) -> None:
        """Show the whole network as large as fits."""
        width, height = self.viewport().width(), self.viewport().height()
        scale = min(width / _COMFORTABLE[0], height / _COMFORTABLE[1])
        scale = min(max(scale, _SCALES[0]), _SCALES[1])
        if self._picture is not None:
            # Where a little more room lets every chip find its place, all is drawn a little smaller.
            network = self._picture.network
            shares = (
                share for share in _SHARES if arrange(network, width / scale / share, height / scale / share).chips
            )
            scale *= next(shares, 1.0)
        self._scene.set_room(width / scale, height / scale)
        self._zoom = 1.0
        self.resetTransform()
        self.setSceneRect(0, 0, width / scale, height / scale)
        self.scale(scale, scale)

    @Slot()
    def zoom_in(self) -> None:
        self._zoom_by(1.25, QPointF(self.viewport().rect().center()))

    @Slot()
    def zoom_out(self) -> None:
        self._zoom_by(0.8, QPointF(self.viewport().rect().center()))

    def _zoom_by(self, factor: float, at: QPointF) -> None:
        target = min(max(self._zoom * factor, _ZOOMS[0]), _ZOOMS[1])
        factor, self._zoom = target / self._zoom, target
        self.close_field()
        fixed = self.mapToScene(at.toPoint())
        width, height = self._scene.width(), self._scene.height()
        self.setSceneRect(-width, -height, 3 * width, 3 * height)
        self.scale(factor, factor)
        moved = self.mapFromScene(fixed) - at.toPoint()
        self._scroll(moved)

    def _scroll(self, by: QPoint) -> None:
        for bar, shift in ((self.horizontalScrollBar(), by.x()), (self.verticalScrollBar(), by.y())):
            bar.setValue(bar.value() + shift)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self._zoom_by(math.pow(1.0015, turned), event.position())
        event.accept()

    # The mouse.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        self._button = item if isinstance(item, RoundButton) else None
        if self._button is not None:
            self._button.press()
            return
        super().mousePressEvent(event)
        event.accept()  # a press beside every item is the canvas's too
        self.close_field()
        point = self.mapToScene(event.position().toPoint())
        ref = self._scene.ref_at(point)
        if event.button() is Qt.MouseButton.MiddleButton or ref is None:
            self._pan_from = event.position().toPoint()
            return
        self.selection_requested.emit(ref)
        if isinstance(ref, ParameterRef) and event.button() is Qt.MouseButton.LeftButton and self._picture is not None:
            value = float(self._picture.parameters[ref.index])
            self._drag = (ref.index, value, event.position().y(), _drag_unit(value))
            self._drag_moved = False
            self._gesture += 1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        event.accept()
        position = event.position()
        if self._pan_from is not None:
            if self._zoom != 1.0:
                self._scroll(self._pan_from - position.toPoint())
            self._pan_from = position.toPoint()
        elif self._drag is not None:
            index, value, start, unit = self._drag
            pixels = start - position.y()
            if self._drag_moved or abs(pixels) >= 3:
                self._drag_moved = True
                fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.parameter_requested.emit(index, _dragged(value, pixels, unit / (10 if fine else 1)), self._gesture)
        else:
            point = self.mapToScene(position.toPoint())
            self._scene.set_hovered(point)
            self._hover(self._scene.node_near(point))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        event.accept()
        self._drag = None
        self._pan_from = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._button is not None:
            self._button.press()  # two quick presses are two presses, also when the column has moved meanwhile
            return
        ref = self._scene.ref_at(self.mapToScene(event.position().toPoint()))
        if ref is None:
            self.fit()
        else:
            self.edit(ref)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._scene.set_hovered(None)
        self._hover(None)

    def _hover(self, node: NodeRef | None) -> None:
        if node != self._hovered:
            self._hovered = node
            self.node_hovered.emit(node)

    # The keyboard.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._picture is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in _KEYS:
            self.selection_requested.emit(neighbour(self._picture.network, self._selection, _KEYS[Qt.Key(key)]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2) and self._selection is not None:
            self.edit(self._selection)
        elif key == Qt.Key.Key_Escape:
            self.selection_requested.emit(None)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and isinstance(self._selection, NodeRef):
            self.remove(self._selection)
        else:
            super().keyPressEvent(event)

    def remove(self, node: NodeRef) -> None:
        """Ask for a node's removal, and select what stands beside it."""
        if self._picture is not None and node.position > 0:
            self.selection_requested.emit(NodeRef(node.layer, node.position - 1))
        self.node_remove_requested.emit(node)

    @Slot(int)
    def _on_remove_last(self, layer: int) -> None:
        if self._picture is not None:
            self.node_remove_requested.emit(NodeRef(layer, self._picture.network.sizes[layer] - 1))

    # Typing in place.

    def edit(self, ref: Ref) -> None:
        """Open a number field on a weight, a bias, an input or a target."""
        picture = self._picture
        if picture is None:
            return
        match ref:
            case ParameterRef(index):
                self._open_field(ref, exact(float(picture.parameters[index])))
            case NodeRef(0, position):
                self._edit_value(ref, position)
            case TargetRef(output):
                self._edit_value(ref, len(picture.data.input_names) + output)
            case NodeRef(layer, position) if picture.network.bias:
                self.edit(ParameterRef(picture.network.index(Place(layer, None, position))))
            case NodeRef():
                self.refused.emit(
                    "This value follows from the weights: edit one of them, or add biases from the node’s menu."
                )

    def _edit_value(self, ref: Ref, column: int) -> None:
        picture, example = self._picture, self._shown_example()
        assert picture is not None
        if example is None:
            self.refused.emit("The mean over all examples can’t be edited: choose one example to edit its values.")
            return
        self._open_field(ref, exact(picture.data.cell(example, column)))

    def _open_field(self, ref: Ref, text: str, *, renaming: bool = False) -> None:
        self.selection_requested.emit(ref)
        self._editing, self._renaming = ref, renaming
        center = self.mapFromScene(self._scene.place_of(ref))
        self._field.open(text, center, self.viewport().rect())

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        ref, picture = self._editing, self._picture
        if ref is None or picture is None:
            return
        if self._renaming and isinstance(ref, NodeRef):
            self.close_field()
            self.rename_requested.emit(ref, text)
            return
        try:
            value = parse_number(text)
        except ProjectError as error:
            self._field.show_invalid(str(error))
            self.refused.emit(str(error))
            return
        self.close_field()
        example = self._shown_example()
        match ref:
            case ParameterRef(index):
                self.parameter_requested.emit(index, value, 0)
            case NodeRef(_, position) if example is not None:
                self.value_requested.emit(position, value)
            case TargetRef(output) if example is not None:
                self.value_requested.emit(len(picture.data.input_names) + output, value)

    @Slot()
    def close_field(self) -> None:
        """Close the field in place, if one is open; nothing is wished."""
        self._editing = None
        if self._field.isVisible():
            had_keyboard = self._field.hasFocus()
            self._field.hide()
            if had_keyboard:
                self.setFocus()

    # Menus.

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        ref = self._selection
        position = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            ref = self._scene.ref_at(self.mapToScene(event.pos()))
        elif ref is not None:
            position = self.viewport().mapToGlobal(self.mapFromScene(self._scene.place_of(ref)))
        if ref is not None:
            self.selection_requested.emit(ref)
            menu = self.menu_for(ref)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(position)

    def menu_for(self, ref: Ref) -> QMenu:
        """Return the menu of a weight, a node or a target."""
        assert self._picture is not None
        return menu_for(self, self._picture, ref)

    def rename(self, node: NodeRef) -> None:
        """Open a field for a node's name."""
        if self._picture is not None:
            self._open_field(node, node_name(self._picture.project, node), renaming=True)


def _drag_unit(value: float) -> float:
    """Return how much a pixel changes a value: a hundredth of its power of ten, at least 0.001."""
    return 10.0 ** math.floor(math.log10(max(abs(value), 0.1))) / 100 if math.isfinite(value) else 0.01


def _dragged(value: float, pixels: float, unit: float) -> float:
    """Return the value after a drag, on a grid of the unit, so that no stray digits appear."""
    moved = value + pixels * unit
    if abs(moved) > _LARGEST:
        return math.copysign(_LARGEST, moved)
    return float(f"{round(moved / unit) * unit:.12g}")
