"""The engine beside hand-written NumPy and other libraries: the same descent by each, sweeps, and loss surfaces.

``python tests/benchmarks/engine.py`` prints tables of ratios: medians of rounds in which all take turns, in this
process, on one thread, in float64. What is missing of ``pip install "gdstudio[bench]"`` is shown as not installed.
"""

import os

# Before NumPy is there: libraries count their threads when they are loaded.
os.environ.update(
    dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1"),
    VECLIB_MAXIMUM_THREADS="1",
    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
)

import platform
import statistics
import tracemalloc
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import distributions
from timeit import repeat, timeit
from typing import Any

import numpy as np

from gdstudio import engine
from gdstudio.engine import Array, Indices, Network, Place, Recipe, parameter_direction, plane_losses, random_direction

ROUNDS, SECONDS, SURFACE_ROUNDS = 15, 0.08, 7  # turns of each contender, about how long one is, and turns of surfaces
GRID = np.linspace(-1.0, 1.0, 200)

Order = Callable[[int], Indices]  # from the number of an epoch to the order of its examples
Run = Callable[[int], Array]  # from a number of epochs to where they lead from the start, as a flat vector
Target = tuple[str, float, str, float]  # what, its value, and the bound: at most (≤) or at least (≥)


class Case:
    """A network and its examples; runs are counted in epochs, which without batches are single updates."""

    def __init__(self, title: str, sizes: tuple[int, ...], hidden: str, n: int, batch: int | None = None) -> None:
        self.title, self.sizes, self.hidden, self.n, self.batch = title, sizes, hidden, n, batch
        self.network = Network(sizes, (hidden,) * (len(sizes) - 2) + ("linear",))
        self.recipe = Recipe(self.network, learning_rate=0.01, batch_size=batch)
        self.start = engine.draw_parameters(self.network, 1)
        random = np.random.default_rng(0)
        self.data = random.standard_normal((n, sizes[0])), random.standard_normal((n, sizes[-1]))
        self.updates = n // batch if batch else 1

    def own_order(self, epoch: int) -> Indices:
        """The order in which the engine itself takes the examples, so that others can be compared with it."""
        steps = range(epoch * self.updates, (epoch + 1) * self.updates)
        return np.concatenate([engine.batch_of_step(self.recipe, step, self.n) for step in steps])

    def batches(self, x: Any, y: Any, order: Order, epochs: int) -> Iterator[tuple[Any, Any]]:
        """The examples of every update: shuffled once an epoch, then cut."""
        for epoch in range(epochs):
            if self.batch is None:
                yield x, y
                continue
            some = order(epoch)
            shuffled, targets = x[some], y[some]
            for begin in range(0, self.n, self.batch):
                yield shuffled[begin : begin + self.batch], targets[begin : begin + self.batch]


CASES = (
    Case("2-1 linear, 1 example", (2, 1), "linear", 1),
    Case("2-3-1 tanh, 200", (2, 3, 1), "tanh", 200),
    Case("2-8-8-1 tanh, 500", (2, 8, 8, 1), "tanh", 500),
    Case("2-4-2-1 tanh, 200, an epoch by 10", (2, 4, 2, 1), "tanh", 200, 10),
    Case("64-128-128-10 relu, 1024", (64, 128, 128, 10), "relu", 1024),
)


# Contenders: each makes all that can be made beforehand, and returns its run.


def attainable(case: Case, order: Order) -> Run:
    """What a person writes for speed: every array made once, examples as columns, a row of ones for the biases."""
    n, fan_in, theta = case.batch or case.n, case.sizes[0], case.start.copy()
    slopes, change = np.empty_like(theta), np.empty_like(theta)
    blocks, gradients = case.network.blocks(theta), case.network.blocks(slopes)
    # One matrix holds inputs, ones and targets: an epoch is shuffled by one call, and a batch is a view.
    rows = np.hstack([case.data[0], np.ones((case.n, 1)), case.data[1]])
    shuffled = rows.copy()
    layers = [np.ones((size + 1, n)) for size in case.sizes[1:-1]]
    inner = [layer[:-1] for layer in layers]
    prediction, error = np.empty((2, case.sizes[-1], n))
    deltas = [*map(np.empty_like, inner), error]
    passes = []
    for begin in range(0, case.n, n):
        batch = shuffled[begin : begin + n].T if case.batch else np.ascontiguousarray(rows.T)
        before = [batch[: fan_in + 1], *layers]
        up = [(blocks[k].T.dot, before[k], a) for k, a in enumerate(inner)]
        down = [
            (blocks[k + 1][:-1].dot, deltas[k + 1], deltas[k], a, np.empty_like(a))
            + (before[k].dot, deltas[k].T, gradients[k])
            for k, a in reversed(list(enumerate(inner)))
        ]
        passes.append((up, before[-1], batch[fan_in + 1 :], before[-1].dot, down))
    last, squared, flat, error_rows = blocks[-1].T.dot, error.reshape(-1).dot, error.reshape(-1), error.T
    share, scale, rate = 1.0 / error.size, np.array(2.0 / error.size), np.array(-case.recipe.learning_rate)
    zero, one, is_tanh = np.array(0.0), np.array(1.0), case.hidden == "tanh"
    add, subtract, multiply = np.add, np.subtract, np.multiply
    activate = np.tanh if is_tanh else lambda a, out: np.maximum(a, zero, out=out)

    def run(epochs: int) -> Array:
        np.copyto(theta, case.start)
        losses: list[float] = []
        for epoch in range(epochs if case.batch else 1):
            if case.batch:
                rows.take(order(epoch), 0, shuffled, "clip")
            for up, values, y, by_values, down in passes if case.batch else passes * epochs:
                for dot, below, a in up:
                    dot(below, a)
                    activate(a, a)
                last(values, prediction)
                subtract(prediction, y, error)
                losses.append(float(squared(flat)) * share)
                multiply(error, scale, error)
                by_values(error_rows, gradients[-1])
                for dot, above, delta, a, slope, by_below, delta_rows, gradient in down:
                    dot(above, delta)
                    if is_tanh:
                        multiply(a, a, slope)
                        subtract(one, slope, slope)
                    else:
                        np.greater(a, zero, out=slope, casting="unsafe")
                    multiply(delta, slope, delta)
                    by_below(delta_rows, gradient)
                multiply(slopes, rate, change)
                add(theta, change, theta)
        return theta

    return run


def studio_train(case: Case, order: Order) -> Run:
    """The engine's run of many steps."""
    state = engine.start_state(case.recipe, case.start)
    train = partial(engine.train, case.recipe, state, *case.data, losses="batch" if case.batch else "all")
    return lambda epochs: train(epochs * case.updates).state.parameters


def studio_record(case: Case, order: Order) -> Run:
    """The engine's single steps, each with its full record."""
    descent, start = engine.Descent(case.recipe, *case.data), engine.start_state(case.recipe, case.start)

    def run(epochs: int) -> Array:
        state = start
        for _ in range(epochs * case.updates):
            state, _record = descent.step(state)
        return state.parameters

    return run


def scikit_learn(case: Case, order: Order) -> Run:
    """MLPRegressor, whose loss is halved and not averaged over outputs; batches it shuffles by itself."""
    from sklearn.neural_network import MLPRegressor

    x, y = case.data[0], case.data[1][:, 0] if case.sizes[-1] == 1 else case.data[1]
    model = MLPRegressor(hidden_layer_sizes=case.sizes[1:-1])
    model.set_params(solver="sgd", momentum=0.0, nesterovs_momentum=False, alpha=0.0, tol=0.0, n_iter_no_change=10**9)
    model.set_params(activation="identity" if case.hidden == "linear" else case.hidden, warm_start=True, max_iter=1)
    model.set_params(batch_size=case.batch or case.n, shuffle=case.batch is not None)
    model.set_params(learning_rate_init=case.recipe.learning_rate * 2.0 / case.sizes[-1]).fit(x, y)

    def run(epochs: int) -> Array:
        model.coefs_, model.intercepts_ = map(list, zip(*case.network.layers(case.start.copy()), strict=True))
        model.set_params(max_iter=epochs).fit(x, y)
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return np.concatenate([part.ravel() for pair in pairs for part in pair])

    return run


def pytorch(case: Case, order: Order) -> Run:
    """Eager: its modules, its slopes and its optimizer."""
    import torch

    torch.set_num_threads(1)
    x, y = map(torch.from_numpy, case.data)
    hidden = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "linear": torch.nn.Identity}[case.hidden]
    linear = [torch.nn.Linear(*pair, dtype=torch.float64) for pair in zip(case.sizes, case.sizes[1:], strict=False)]
    model = torch.nn.Sequential(*[part for layer in linear for part in (layer, hidden())][:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=case.recipe.learning_rate)

    def run(epochs: int) -> Array:
        for layer, (w, b) in zip(linear, case.network.layers(case.start), strict=True):
            layer.weight.data.copy_(torch.from_numpy(w.T))
            layer.bias.data.copy_(torch.from_numpy(b))
        losses: list[float] = []
        for some, targets in case.batches(x, y, order, epochs):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(some), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return np.concatenate([p.detach().numpy().ravel() for layer in linear for p in (layer.weight.T, layer.bias)])

    return run


def jax_jit(case: Case, order: Order) -> Run:
    """One compiled update of the flat vector, which it is given to keep, called step by step."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    hidden = {"tanh": jnp.tanh, "relu": lambda z: jnp.maximum(z, 0.0), "linear": lambda z: z}[case.hidden]

    def loss_of(theta: Any, x: Any, y: Any) -> Any:
        *layers, (w, b) = case.network.layers(theta)
        for weights, biases in layers:
            x = hidden(x @ weights + biases)
        return jnp.mean((x @ w + b - y) ** 2)

    @partial(jax.jit, donate_argnums=0)
    def update(theta: Any, x: Any, y: Any) -> Any:
        loss, gradient = jax.value_and_grad(loss_of)(theta, x, y)
        return theta - case.recipe.learning_rate * gradient, loss

    # Batches are cut by NumPy: to cut JAX's arrays call by call takes longer than to hand these over.
    x, y = case.data if case.batch else map(jnp.asarray, case.data)

    def run(epochs: int) -> Array:
        theta, losses = jnp.array(case.start), []
        for some, targets in case.batches(x, y, order, epochs):
            theta, loss = update(theta, some, targets)
            losses.append(loss)
        jax.block_until_ready((theta, losses))
        return np.asarray(theta)

    return run


def textbook(case: Case, order: Order) -> Run:
    """Plain NumPy as in lectures: examples as rows, a new array for every expression."""
    rate = case.recipe.learning_rate
    value, slope = {
        "tanh": (np.tanh, lambda a: 1 - a**2),
        "relu": (lambda z: np.maximum(z, 0), lambda a: a > 0),
    }.get(case.hidden, (None, None))

    def run(epochs: int) -> Array:
        theta, losses = case.start.copy(), []
        layers = case.network.layers(theta)
        for x, y in case.batches(*case.data, order, epochs):
            values = [x]
            for w, b in layers[:-1]:
                values.append(value(values[-1] @ w + b))
            error = values[-1] @ layers[-1][0] + layers[-1][1] - y
            losses.append(np.mean(error**2))
            delta = 2 * error / error.size
            for a, (w, b) in zip(values[::-1], layers[::-1], strict=True):
                by_w, by_b = a.T @ delta, delta.sum(axis=0)
                if a is not x:
                    delta = (delta @ w.T) * slope(a)
                w -= rate * by_w
                b -= rate * by_b
        return theta

    return run


CONTENDERS: Mapping[str, Callable[[Case, Order], Run]] = {
    "attainable NumPy": attainable,
    "`train`": studio_train,
    "full record": studio_record,
    "scikit-learn": scikit_learn,
    "PyTorch": pytorch,
    "JAX jit": jax_jit,
    "textbook NumPy": textbook,
}


def interleaved(calls: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median time of every call, in seconds: all in turn, again and again."""
    times = [{name: timeit(call, number=1) for name, call in calls.items()} for _ in range(rounds)]
    return {name: statistics.median(turn[name] for turn in times) for name in calls}


def table(*rows: list[str]) -> None:
    """Print as Markdown; the first row is the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print("\n" + "\n".join(lines), flush=True)


def time_descents(case: Case) -> dict[str, float]:
    """Seconds of an epoch for each contender that is installed, after a look at whether all arrive at the same."""
    calls, epochs = {}, {}
    expected = attainable(case, case.own_order)(20)
    random = np.random.default_rng(1)
    for name, contender in CONTENDERS.items():
        try:
            found = contender(case, case.own_order)(20)
        except ImportError:
            continue
        if not (case.batch and contender is scikit_learn):
            assert np.abs(found - expected).max() <= 1e-9, f"{name} does other work on {case.title}"
        run = contender(case, lambda epoch: random.permutation(case.n))
        epochs[name] = max(2, round(SECONDS * 20 / min(repeat(partial(run, 20), number=1, repeat=3))))
        calls[name] = partial(run, epochs[name])
    return {name: value / epochs[name] for name, value in interleaved(calls, ROUNDS).items()}


def descents() -> list[Target]:
    rows = [["one update, ÷ attainable NumPy", "that, µs", *CONTENDERS]]
    targets = []
    for case in CASES:
        times = time_descents(case)
        line = times["attainable NumPy"]
        cells = [f"{times[name] / line:.2f}" if name in times else "not installed" for name in CONTENDERS]
        rows.append([case.title, f"{1e6 * line:.1f}", *cells])
        for name, bound in (("`train`", 1.1 if case is CASES[-1] else 1.25), ("full record", 4.0)):
            targets.append((f"{name}, {case.title}", times[name] / line, "≤", bound))
    table(*rows)
    return targets


def sweeps() -> list[Target]:
    rows = [["64 rates, × faster than in turn", "in turn, µs a step", "at once", "by default", "which is"]]
    targets, rates = [], np.logspace(-3, -1, 64)
    for sizes, n, steps in (((2, 3, 1), 200, 200), ((2, 8, 8, 1), 100, 60), ((2, 8, 8, 1), 500, 30)):
        case = Case(f"{'-'.join(map(str, sizes))} tanh, {n}", sizes, "tanh", n)
        descend = partial(engine.sweep, case.recipe, rates, case.start, *case.data, steps)
        ways = {"in turn": False, "at once": True, "by default": None}
        calls = {name: partial(descend, together=together) for name, together in ways.items()}
        losses = {name: call().losses for name, call in calls.items()}
        assert np.allclose(losses["at once"], losses["in turn"], rtol=1e-9, atol=0.0), "both ways lead to the same"
        times = interleaved(calls, ROUNDS)
        gains = {name: times["in turn"] / value for name, value in times.items()}
        # The two ways differ in their last bits, which tell them apart.
        taken = [name for name in ("in turn", "at once") if np.array_equal(losses["by default"], losses[name])]
        gained = [f"{gains[name]:.2f}" for name in ("at once", "by default")]
        rows.append([case.title, f"{1e6 * times['in turn'] / steps / len(rates):.1f}", *gained, " or ".join(taken)])
        targets.append((f"64 rates, {case.title}, × faster", gains["by default"], "≥", 0.9 if n == 500 else 2.0))
    table(*rows)
    return targets


def surfaces() -> list[Target]:
    case = Case("", (2, 8, 8, 1), "tanh", 500)
    network, theta = case.network, case.start

    planes = {"general": (random_direction(network, theta, 1), random_direction(network, theta, 2))}
    for layer, name in enumerate(("first layer", "second layer", "last layer"), start=1):
        for node, which in ((3, "two nodes"), (0, "one node")) if layer < 3 else ((0, "two weights"),):
            indices = network.index(Place(layer, 0, 0)), network.index(Place(layer, 1, node))
            planes[f"{name}, {which}"] = tuple(parameter_direction(network, index) for index in indices)
    # Not in place: the values would shrink from call to call.
    block, room = np.random.default_rng(0).standard_normal(2**15), np.empty(2**15)
    count = len(GRID) ** 2 * case.n * sum(case.sizes[1:-1]) // block.size
    calls = {"its tanh alone": lambda: [np.tanh(block, room) for _ in range(count)]}
    peaks = {"its tanh alone": 0.0}
    for name, (u, v) in planes.items():
        calls[name] = partial(plane_losses, network, theta, *case.data, (u, v), (GRID, GRID))
        tracemalloc.start()
        losses = calls[name]()
        peaks[name] = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        for i, j in ((0, 0), (3, 150), (199, 120)):
            expected = engine.loss_value(network, theta + GRID[i] * u + GRID[j] * v, *case.data)
            assert abs(losses[i, j] - expected) <= 1e-9 * losses.max(), f"the surface of {name} is another"
    times = interleaved(calls, SURFACE_ROUNDS)
    tanh, general = times["its tanh alone"], times["general"]
    rows = [["200 × 200 losses of 2-8-8-1 tanh, 500", "ms", "÷ its tanh", "× faster than general", "peak MiB"]]
    for name, value in times.items():
        numbers = 1e3 * value, value / tanh, general / value, peaks[name]
        rows.append([name, *(f"{number:.4g}" for number in numbers)])
    table(*rows)
    faster = (("second layer, two nodes", 50.0), ("last layer, two weights", 200.0))
    return [
        ("surface, general, ÷ its tanh", general / tanh, "≤", 1.3),
        *((f"surface, {name}, × faster", general / times[name], "≥", least) for name, least in faster),
        ("surface, peak MiB", max(peaks.values()), "≤", 64.0),
    ]


def main() -> None:
    warnings.simplefilter("ignore")
    peers = ("numpy", "scikit-learn", "torch", "jax")
    found = sorted(f"{part.name} {part.version}" for part in distributions() if part.name in peers)
    print(", ".join([platform.machine(), f"Python {platform.python_version()}", *found]))
    targets = [*descents(), *sweeps(), *surfaces()]
    rows = [["target", "this run", "bound", ""]]
    for what, value, sign, bound in targets:
        holds = value <= bound if sign == "≤" else value >= bound
        rows.append([what, f"{value:.2f}", f"{sign} {bound:g}", "holds" if holds else "does not hold"])
    table(*rows)


if __name__ == "__main__":
    main()
