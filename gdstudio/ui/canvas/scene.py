"""The scene: one network drawn, one frame shown on it.

Knows nothing of the session. Rebuilt when the network's shape or the room changes, updated for everything else.
"""

import math
from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtWidgets import QGraphicsScene

from gdstudio.document.project import NodeRef, ParameterRef, Ref, TargetRef, node_name
from gdstudio.engine import OPTIMIZERS, Array, Network
from gdstudio.teaching.choreography import Frame, Phase
from gdstudio.teaching.node_pictures import NodePictures
from gdstudio.teaching.picture import Example, node_caption, slope_is_at_the_sum
from gdstudio.teaching.trace import Trace
from gdstudio.ui.canvas.items import CanvasItem, Chip, RoundButton, Target, WeightLines
from gdstudio.ui.canvas.layout import TARGET, Arrangement, arrange, column_gaps, nearest_weight
from gdstudio.ui.canvas.node_item import Node
from gdstudio.ui.theme import LIGHT, Theme
from gdstudio.ui.widgets.card import plain_tip

_REACH = 7.0


class NetworkScene(QGraphicsScene):
    """Draws one network.

    Signals
    -------
    node_add_requested(int), node_remove_requested(int), layer_add_requested(int)
        A round button was pressed: add or remove a node in that layer, add a layer behind it. Nothing has changed yet.
    """

    node_add_requested = Signal(int)
    node_remove_requested = Signal(int)
    layer_add_requested = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self._theme = LIGHT
        self._room = (790.0, 500.0)
        self._frame: Frame | None = None
        self._example: Example = 0
        self._selection: Ref | None = None
        self._hovered: int | None = None
        self._pointed: Trace | None = None
        self._pictures: NodePictures | None = None
        self._point: QPointF | None = None
        self._shape: tuple[Network, float, float] | None = None
        self._labelled: tuple[object, ...] = ()
        self._lines = WeightLines()
        self._nodes: dict[NodeRef, Node] = {}
        self._targets: list[Target] = []
        self._chips: dict[int, Chip] = {}
        self._buttons: list[tuple[float, RoundButton]] = []
        self.arrangement: Arrangement | None = None
        self.addItem(self._lines)

    # Shown values.

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackgroundBrush(theme.color("card"))
        for item in self._items():
            item.set_theme(theme)
        self._show_pictures()

    def set_room(self, width: float, height: float) -> None:
        """Lay the network out for a room of this size, in scene units."""
        if (width, height) != self._room and width > 0 and height > 0:
            self._room = (width, height)
            self._refresh()

    def show_frame(self, frame: Frame) -> None:
        """Show every number of a frame."""
        self._frame = frame
        self._refresh()

    def show_example(self, example: Example) -> None:
        """Show the nodes' values of one example, or the mean over all (None)."""
        self._example = example
        self._refresh()

    def show_selection(self, ref: Ref | None) -> None:
        """Mark what is selected."""
        self._selection = ref
        self._mark()

    def show_node_pictures(self, pictures: NodePictures | None) -> None:
        """Show in each node what it makes of the inputs, or (None) its number."""
        self._pictures = pictures
        self._show_pictures()

    def _show_pictures(self) -> None:
        """Give the nodes their pictures; those of a network of another shape are old and show nothing."""
        layers = () if self._pictures is None else self._pictures.layers
        shape = [len(layer) for layer in layers]
        fits = self._frame is not None and shape == list(self._frame.picture.network.sizes)
        for (layer, position), node in self._nodes.items():
            node.show_picture(layers[layer][position] if fits else None)

    def node_near(self, point: QPointF) -> NodeRef | None:
        """Return the node at a point of the scene."""
        return next((item.node for item in self.items(point) if isinstance(item, Node)), None)

    def show_pointed(self, trace: Trace | None) -> None:
        """Mark where a number lies that is pointed at: its lines, and the node or target it belongs to."""
        self._pointed = trace
        self._mark()

    def set_hovered(self, point: QPointF | None) -> None:
        """Say where the mouse is, so that lines and columns near it answer."""
        self._point = point
        hovered = self.weight_near(point) if point is not None else None
        if hovered != self._hovered:
            self._hovered = hovered
            self._mark()
        self._show_near_buttons()

    def _show_near_buttons(self) -> None:
        for x, button in self._buttons:
            button.setVisible(self._point is not None and abs(self._point.x() - x) < self._nearness())

    def _nearness(self) -> float:
        return 46.0 if self.arrangement is None else max(46.0, self.arrangement.radius + 10)

    # What lies where.

    def weight_near(self, point: QPointF) -> int | None:
        """Return the weight whose line passes near a point of the scene."""
        if self.arrangement is None or self._frame is None:
            return None
        network = self._frame.picture.network
        return nearest_weight(self.arrangement, network, point.x(), point.y(), _REACH)

    def ref_at(self, point: QPointF) -> Ref | None:
        """Return what lies at a point of the scene: a chip, a node, a target or a line."""
        for item in self.items(point):
            match item:
                case Chip():
                    return ParameterRef(item.index)
                case Node():
                    return item.node
                case Target():
                    return TargetRef(item.output)
        index = self.weight_near(point)
        return None if index is None else ParameterRef(index)

    def place_of(self, ref: Ref) -> QPointF:
        """Return the middle of something on the scene."""
        assert self.arrangement is not None
        match ref:
            case NodeRef():
                return QPointF(*self.arrangement.nodes[ref])
            case TargetRef(output):
                return QPointF(*self.arrangement.targets[output])
            case ParameterRef(index):
                return QPointF(*self._chip_place(index))

    def _chip_place(self, index: int) -> tuple[float, float]:
        assert self.arrangement is not None
        place = self.arrangement.chips.get(index) or self.arrangement.point(index, 0.5)
        x, y = place
        return x, min(max(y, 20.0), self.arrangement.height - 20.0)

    # Drawing.

    def _items(self) -> Iterable[CanvasItem]:
        yield self._lines
        yield from self._nodes.values()
        yield from self._targets
        yield from self._chips.values()
        yield from (button for _, button in self._buttons)

    def _refresh(self) -> None:
        if self._frame is None:
            return
        network = self._frame.picture.network
        shape = (network, *self._room)
        if shape != self._shape:
            self._build(network)
            self._shape = shape
        self._show_labels()
        self._show_numbers()

    def _build(self, network: Network) -> None:
        """Make the items of a network anew."""
        for item in list(self._items()):
            if item is not self._lines:
                self.removeItem(item)
        width, height = self._room
        arrangement = self.arrangement = arrange(network, width, height)
        self.setSceneRect(0, 0, width, height)
        self._lines.set_geometry(network, arrangement)
        last = len(network.sizes) - 1
        self._nodes = {}
        for ref, (x, y) in arrangement.nodes.items():
            node = Node(
                ref,
                arrangement.radius,
                is_output=ref.layer == last,
                labels=arrangement.shows_labels,
                numbers=arrangement.shows_numbers,
            )
            node.setPos(x, y)
            self._nodes[ref] = node
        self._targets = []
        if arrangement.shows_targets:
            for output, (x, y) in enumerate(arrangement.targets):
                target = Target(output, 92.0 - TARGET[0] / 2)
                target.setPos(x, y)
                self._targets.append(target)
        self._chips = {index: self._new_chip(network, index) for index in arrangement.chips}
        self._buttons = self._new_buttons(network, arrangement)
        self._labelled = ()
        for item in self._items():
            item.set_theme(self._theme)
            if item.scene() is None:
                self.addItem(item)
        self._hovered = None
        self._show_pictures()
        self._mark()
        self._show_near_buttons()

    def _new_chip(self, network: Network, index: int) -> Chip:
        chip = Chip(index, is_bias=network.places[index].source is None)
        chip.setPos(*self._chip_place(index))
        chip.setScale(self._chip_scale(chip))
        chip.set_theme(self._theme)
        return chip

    def _chip_scale(self, chip: Chip) -> float:
        """Where columns stand close, a chip is drawn smaller, so that it covers no node."""
        arrangement = self.arrangement
        assert arrangement is not None
        room = arrangement.column(1) - arrangement.column(0) - 2 * arrangement.radius - 10
        return min(1.0, max(0.75, room / chip.boundingRect().width()))

    def _new_buttons(self, network: Network, arrangement: Arrangement) -> list[tuple[float, RoundButton]]:
        buttons: list[tuple[float, RoundButton]] = []
        layers = len(network.sizes)
        for layer in range(layers):
            x = arrangement.column(layer)
            for shift, sign, tip, pressed in (
                (-14.0, "−", "Remove the last node of this layer", self.node_remove_requested.emit),
                (14.0, "+", "Add a node to this layer", self.node_add_requested.emit),
            ):
                button = RoundButton(sign, tip, pressed, layer)
                button.setPos(x + shift, arrangement.height - 18)
                buttons.append((x, button))
        for layer, x in enumerate(column_gaps(arrangement, layers)):
            button = RoundButton("+", "Add a layer here", self.layer_add_requested.emit, layer)
            button.setPos(x, 20)
            buttons.append((x, button))
        return buttons

    def _show_labels(self) -> None:
        """Name the nodes, when a name or an activation may have changed."""
        assert self._frame is not None
        project = self._frame.picture.project
        labelled = (project.names, project.network, project.data.input_names)
        if labelled == self._labelled:
            return
        self._labelled = labelled
        for ref, node in self._nodes.items():
            caption = node_caption(project, ref)
            name = node_name(project, ref)
            node.set_label(f"{name} · {caption}" if caption else name)
            node.setToolTip(plain_tip(f"{name} · {caption}" if caption else name))

    def _show_numbers(self) -> None:
        frame = self._frame
        assert frame is not None
        picture = frame.picture
        example = self._example if self._example is None or self._example < len(picture.data) else 0
        values, slopes = picture.values(example), picture.node_slopes(example)
        forward, backward = frame.phase is Phase.FORWARD, frame.phase is Phase.BACKWARD
        together = slope_is_at_the_sum(picture)
        for (layer, position), node in self._nodes.items():
            glow = 0.0
            if frame.wave is not None:
                glow = max(0.0, 1.0 - 2.0 * abs(frame.wave - layer))
            node.show_numbers(
                float(values[layer][position]) if layer <= frame.values_until + 0.02 else None,
                float(slopes[layer][position]) if layer >= frame.slopes_from - 0.02 else None,
                glow,
                at_the_sum=together and layer == len(values) - 1,
            )
        errors, targets = picture.errors(example), picture.targets(example)
        for target in self._targets:
            error = float(errors[target.output]) if frame.shows_error else None
            target.show_numbers(float(targets[target.output]), error)
        self._lines.show_values(frame.parameters, picture.project.recipe.locked)
        self._lines.show_wave(frame.wave if forward or backward else None, backward=backward)
        self._show_chips(self._chips.values())

    def _show_chips(self, chips: Iterable[Chip]) -> None:
        frame = self._frame
        assert frame is not None
        places = frame.picture.network.places
        steepest, longest = _largest(frame.gradient), _largest(frame.picture.change)
        remembers = bool(OPTIMIZERS[frame.picture.project.recipe.optimizer].slots)
        for chip in chips:
            slope = float(frame.gradient[chip.index])
            known = places[chip.index].layer >= frame.slopes_from + 1.0 - 0.02 or frame.slopes_from == 0.0
            arrow = -_arrow(slope, steepest)
            step = _arrow(float(frame.picture.change[chip.index]), longest) if remembers else None
            value = float(frame.parameters[chip.index])
            locked = chip.index in frame.picture.project.recipe.locked
            chip.show_numbers(value, slope if known else None, arrow, locked=locked, step=step)

    def _mark(self) -> None:
        """Mark selection and hover; with many weights these alone have chips."""
        if self.arrangement is None or self._frame is None:
            return
        count = self._frame.picture.network.parameter_count
        selected = self._selection.index if isinstance(self._selection, ParameterRef) else None
        selected = selected if selected is not None and selected < count else None
        wanted = {index for index in (selected, self._hovered) if index is not None}
        for index in [i for i in self._chips if i not in self.arrangement.chips and i not in wanted]:
            self.removeItem(self._chips.pop(index))
        for index in wanted - self._chips.keys():
            chip = self._chips[index] = self._new_chip(self._frame.picture.network, index)
            self.addItem(chip)
            self._show_chips([chip])
        for index, chip in self._chips.items():
            chip.set_selected(index == selected)
        pointed = self._pointed
        marked = {ref for ref in (self._selection, pointed and pointed.ref) if isinstance(ref, NodeRef)}
        for ref, node in self._nodes.items():
            node.set_selected(ref in marked)
        for target in self._targets:
            target.set_selected(TargetRef(target.output) in (self._selection, pointed and pointed.ref))
        lines = () if pointed is None else tuple(index for index in pointed.weights if index < count)
        self._lines.show_marks(selected, self._hovered, lines)


def _arrow(value: float, largest: float) -> float:
    """Return an arrow's reach from -1 to 1; its square grows with the value, so that small ones are seen."""
    share = value / largest if largest > 0 and math.isfinite(value) else 0.0
    return math.copysign(math.sqrt(abs(share)), share) if share else 0.0


def _largest(gradient: Array) -> float:
    finite = np.abs(gradient[np.isfinite(gradient)])
    return float(finite.max(initial=0.0))
