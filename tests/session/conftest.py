"""What the tests of the open document share: small projects, ears for signals, players that leave no timer behind."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe, draw_parameters, train, train_step
from gdstudio.session.player import Player
from gdstudio.session.race import Race
from gdstudio.session.session import Session
from gdstudio.session.speeds import SPEEDS
from gdstudio.teaching.standings import Entrant


def same_bits(one, other) -> bool:
    """Whether two arrays hold the same float64 bits."""
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()


def batched_project(batch_size: int | None = 3) -> Project:
    """2-3-1 with tanh and biases on seven examples, three of them a step: every epoch ends with a batch of one."""
    random = np.random.default_rng(8)
    network = Network((2, 3, 1), ("tanh", "linear"))
    recipe = Recipe(network, learning_rate=0.1, batch_size=batch_size, seed=5)
    data = plain_data("seven", random.normal(size=(7, 2)), random.normal(size=(7, 1)))
    return new_project("seven", recipe, draw_parameters(network, 5), data)


def named_project(name: str) -> Project:
    return batched_project() if name == "mini-batches" else load_example(name)


def trained_directly(project: Project, steps: int):
    """The state ``steps`` further on, by the engine alone."""
    return train(project.recipe, project.state, project.data.x, project.data.y, steps).state


def stepped_directly(project: Project):
    return train_step(project.recipe, project.state, project.data.x, project.data.y)


def heard_on(signal) -> list:
    """A list that takes in whatever the signal says from now on: its argument, or None."""
    heard: list = []
    signal.connect(lambda *values: heard.append(values[0] if values else None))
    return heard


def speed_labeled(label: str) -> int:
    return next(position for position, speed in enumerate(SPEEDS) if speed.label == label)


class StepClock:
    """A clock on which a step costs ``cost`` milliseconds and nothing else takes time."""

    def __init__(self, session: Session) -> None:
        self.cost = 0.05
        self.now = 0.0
        self._session = session
        self._seen = 0

    def __call__(self) -> float:
        step = self._session.project.state.step
        self.now += max(step - self._seen, 0) * self.cost / 1000.0
        self._seen = step
        return self.now

    def pass_by(self, milliseconds: float) -> None:
        """Let something else take time."""
        self.now += milliseconds / 1000.0


def played(project: Project) -> SimpleNamespace:
    """A player on a session of its own, with everything that both say."""
    return listened(Session(project))


def listened(session: Session) -> SimpleNamespace:
    clock = StepClock(session)
    player = Player(session, None, clock)
    return SimpleNamespace(
        session=session,
        player=player,
        clock=clock,
        frames=heard_on(player.frame_changed),
        pictures=heard_on(player.picture_changed),
        settled=heard_on(player.settled),
        examined=heard_on(player.examined),
        sliced=heard_on(player.sliced),
        surveyed=heard_on(player.surveyed),
        nodes_surveyed=heard_on(player.nodes_surveyed),
        running=heard_on(player.running_changed),
        stops=heard_on(player.stopped),
        refused=heard_on(session.refused),
    )


def let_go(on: SimpleNamespace) -> None:
    """Leave no timer of a player behind."""
    for timer in on.player.findChildren(QTimer):
        timer.stop()
    on.session.undo_stack.clear()
    on.player.deleteLater()


def raced_to_the_end(race: Race, most: int = 5000) -> None:
    race.set_running(True)
    for _ in range(most):
        if not race.is_running:
            return
        race.advance()
    raise AssertionError("the race does not end")


@pytest.fixture(scope="session")
def by() -> SimpleNamespace:
    """The helpers above."""
    return SimpleNamespace(
        same_bits=same_bits,
        batched=batched_project,
        project=named_project,
        trained=trained_directly,
        stepped=stepped_directly,
        heard=heard_on,
        speed=speed_labeled,
        played=played,
        let_go=let_go,
        raced=raced_to_the_end,
    )


@pytest.fixture
def session_on(qapp: QApplication) -> Iterator[Callable[..., Session]]:
    """Open a session on a project, or on one by its name."""
    made: list[Session] = []

    def open_session(project: Project | str = "one-weight") -> Session:
        made.append(Session(named_project(project) if isinstance(project, str) else project))
        return made[-1]

    yield open_session
    for session in made:
        session.undo_stack.clear()
        session.deleteLater()


@pytest.fixture
def player_on(session_on: Callable[..., Session]) -> Iterator[Callable[..., SimpleNamespace]]:
    """A player on a project, with everything that it says; its timer is stopped at the end."""
    made: list[SimpleNamespace] = []

    def open_player(
        project: Project | str = "one-weight", speed: str = "1 step/s", *, reduced: bool = False
    ) -> SimpleNamespace:
        on = listened(session_on(project))
        made.append(on)
        on.player.set_speed(speed_labeled(speed))
        on.player.set_reduced_motion(reduced)
        return on

    yield open_player
    for on in made:
        let_go(on)


@pytest.fixture
def race_on(session_on, by) -> Iterator[Callable[..., SimpleNamespace]]:
    """A race on a project, on a clock that stands still, and all that it says; its timer is stopped at the end."""
    made: list[Race] = []

    def open_race(project="hidden-layer", entrants: tuple[Entrant, ...] = (), steps: int = 0) -> SimpleNamespace:
        session = session_on(project)
        race = Race(session, None, lambda: 0.0)
        made.append(race)
        if steps:
            race.set_steps(steps)
        for number, entrant in enumerate(entrants):
            if number >= len(race.entrants):
                race.add()
            race.change(number, entrant)
        while entrants and len(race.entrants) > len(entrants):
            race.remove(len(race.entrants) - 1)
        return SimpleNamespace(
            session=session,
            race=race,
            entrants=by.heard(race.entrants_changed),
            standings=by.heard(race.standings_changed),
            running=by.heard(race.running_changed),
            steps=by.heard(race.steps_changed),
            refused=by.heard(race.refused),
        )

    yield open_race
    for race in made:
        for timer in race.findChildren(QTimer):
            timer.stop()
        race.deleteLater()
