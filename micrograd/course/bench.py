"""The engines of the course, NumPy by hand, and PyTorch where it is installed, side by side.

    python -m micrograd.course.bench    print the figures, and draw them to build/

All jobs take turns. What counts is the median over the rounds, of times and of their ratios.

Written in notebooks/93_speed.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import gc
import math
import os
import platform
import random
import tracemalloc
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from micrograd import tensor
from micrograd.course.export import before
from micrograd.course.names import NAMES
from micrograd.course.style import alt
from micrograd.engine import Value
from micrograd.gpt import GPT, loss_of
from micrograd.nn import MLP
from micrograd.optim import SGD, Adam
from micrograd.tensor import Tensor, TensorMLP
from micrograd.values import Values
from micrograd.words import Vocabulary, batch, read_words

# --- The work ---


def moons(n=100):
    """The moons of chapter 13: points, n × 2, and targets 1.0 or -1.0."""
    np.random.seed(1337)
    random.seed(1337)
    points, side = make_moons(n_samples=n, noise=0.1)
    return points, 2.0 * side - 1


def lecture_engine():
    """What chapters 02 to 12 leave, {name: object}: Value with closures, and the plain MLP."""
    space = {}
    for module in ("engine", "nn"):
        exec(before("14", module), space)
    return space


def score(net, x):
    """A network's output, product by product, with relu in all layers but the last."""
    for layer in net.layers:
        x = [sum((w * xi for w, xi in zip(n.w, x, strict=True)), n.b) for n in layer.neurons]
        x = x if layer is net.layers[-1] else [out.relu() for out in x]
    return x[0]


def scalar_step(net, points, ys, score=score):
    """A function that does a step of training with single numbers: hinge loss and L2."""
    points, ys, parameters = points.tolist(), ys.tolist(), net.parameters()

    def step():
        losses = [(1 - score(net, x) * y).relu() for x, y in zip(points, ys, strict=True)]
        loss = sum(losses) / len(losses) + 1e-4 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad
        return loss.data

    return step


def engine_steps(points, ys):
    """A step of the moons with each engine of numbers, from the same weights, {name: step}."""
    old, new = lecture_engine()["MLP"](2, [16, 16, 1]), MLP(2, [16, 16, 1])
    for p, q in zip(old.parameters(), new.parameters(), strict=True):
        p.data = q.data
    return {
        "lecture's engine": scalar_step(old, points, ys),
        "finished engine": scalar_step(new, points, ys, score=MLP.__call__),
    }


# --- Bytes and slots ---


def bytes_per_node(leaf, length=10_000):
    """Bytes that a node of a chain of additions takes, forward only."""
    x = y = leaf(1.0)
    gc.collect()
    tracemalloc.start()
    for _ in range(length):
        x = x + y
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / length


# --- Taking turns ---


def take_turns(jobs, rounds=5):
    """The seconds of each job in each round; jobs: {name: (function, how often in a round)}."""
    times = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, (job, repeats) in jobs.items():
            gc.collect()
            job()  # its garbage is what the next one would find in a training
            start = perf_counter()
            for _ in range(repeats):
                job()
            times[name].append((perf_counter() - start) / repeats)
    return times


def table(title, times, base):
    """Print times, and how many times as fast as `base` each was: the median, and the range."""
    print(f"\n{title}")
    for name, seconds in times.items():
        ratios = [a / b for a, b in zip(times[base], seconds, strict=True)]
        span = f"{min(ratios):.4g} to {max(ratios):.4g}"
        print(f"  {name:26} {1e3 * median(seconds):10.3f} ms {median(ratios):10.4g} ({span})")


# --- A step with arrays ---


def training_step(loss_now, optimizer):
    """A function that does a step of training, with the loss of loss_now(), and returns it."""

    def step():
        loss = loss_now()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.data)

    return step


def tensor_step(points, ys, sizes=(2, 16, 16, 1), loss=tensor.hinge, plain=False):
    """A function that does a step of training with Tensors.

    plain: True writes the layers out, operation by operation, in place of `linear`.
    """
    net = TensorMLP(sizes[0], sizes[1:])

    def written_out(x):
        for layer in net.layers:
            x = x @ layer.W + layer.b
            x = x.relu() if layer.activation else x
        return x

    model = written_out if plain else net
    optimizer = SGD(net.parameters(), lr=0.1, weight_decay=2e-4)
    return training_step(lambda: loss(model(points), ys), optimizer)


def numpy_step(points, ys, lr=0.1, decay=2e-4):
    """A function that does a step of training, with gradients written by hand."""
    net, ys = TensorMLP(2, [16, 16, 1]), ys[:, None]
    W1, b1, W2, b2, W3, b3 = parameters = [p.data for p in net.parameters()]

    def step():
        h1 = np.maximum(points @ W1 + b1, 0)
        h2 = np.maximum(h1 @ W2 + b2, 0)
        margins = 1 - (h2 @ W3 + b3) * ys
        loss = np.maximum(margins, 0).sum() / len(ys)
        g3 = -ys * (margins > 0) / len(ys)
        g2 = (g3 @ W3.T) * (h2 > 0)
        g1 = (g2 @ W2.T) * (h1 > 0)
        grads = points.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0)
        for p, grad in zip(parameters, grads, strict=True):
            p -= lr * (grad + decay * p)
        return loss

    return step


TORCH = find_spec("torch") is not None


def torch_step(points, ys, sizes=(2, 16, 16, 1), loss=None):
    """A function that does a step of training with PyTorch, eagerly, in 64 bits.

    loss: a function of outputs and targets; None for the mean hinge loss.
    """
    import torch

    def hinge(scores, ys):
        return (1 - scores[:, 0] * ys).relu().mean()

    loss, points, ys = loss or hinge, torch.tensor(points), torch.tensor(ys)
    parts = []
    for nin, nout in zip(sizes, sizes[1:], strict=False):
        parts += [torch.nn.Linear(nin, nout, dtype=torch.float64), torch.nn.ReLU()]
    net = torch.nn.Sequential(*parts[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=2e-4)
    return training_step(lambda: loss(net(points), ys), optimizer)


def engine_race(rounds=5, n=100):
    """Seconds for a step of the moons with engines of numbers, {name: [seconds, ...]}."""
    repeats = {"lecture's engine": 1, "finished engine": 10}
    steps = engine_steps(*moons(n))
    return take_turns({name: (step, repeats[name]) for name, step in steps.items()}, rounds)


def array_race(rounds=5):
    """Seconds for a step of the moons with arrays, {name: [seconds, ...]}."""
    points, ys = moons()
    jobs = {
        "Tensor": (tensor_step(points, ys), 500),
        "Tensor, plain": (tensor_step(points, ys, plain=True), 500),
        "NumPy by hand": (numpy_step(points, ys), 500),
    }
    if TORCH:
        jobs["PyTorch"] = torch_step(points, ys), 200
    return take_turns(jobs, rounds)


def digits_race(rounds=5):
    """Seconds for a step of a 64-64-10 network, batch 256, {name: [seconds, ...]}."""
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(0, 1, (256, 64)), rng.integers(0, 10, 256)
    work = images, labels, (64, 64, 10)
    jobs = {"Tensor": (tensor_step(*work, tensor.cross_entropy), 100)}
    if TORCH:
        from torch.nn.functional import cross_entropy

        jobs["PyTorch"] = torch_step(*work, cross_entropy), 100
    return take_turns(jobs, rounds)


# --- Growing batches ---


SIZES = (1, 10, 100, 1000, 10_000)


def batch_race(sizes=SIZES, rounds=5):
    """Seconds for a step of the moons by number of points, {name: [seconds, ...]}."""
    makers = {"Tensor": tensor_step, "NumPy by hand": numpy_step}
    makers |= {"PyTorch": torch_step} if TORCH else {}
    medians = {name: [] for name in makers}
    for size in sizes:
        data, often = moons(size), max(1, 20_000 // (size + 100))
        jobs = {name: (make(*data), often) for name, make in makers.items()}
        for name, seconds in take_turns(jobs, rounds).items():
            medians[name].append(median(seconds))
    return medians


# --- One GPT on five engines ---


class StoredSlopes:
    """A Value of microgpt's design: its slopes are stored on the way forward; it recurses."""

    __slots__ = ("data", "grad", "children", "slopes")

    def __init__(self, data, children=(), slopes=()):
        self.data, self.grad, self.children, self.slopes = data, 0.0, children, slopes

    def __add__(self, other):
        other = other if isinstance(other, StoredSlopes) else StoredSlopes(other)
        return StoredSlopes(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, StoredSlopes) else StoredSlopes(other)
        return StoredSlopes(self.data * other.data, (self, other), (other.data, self.data))

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, n):
        return StoredSlopes(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self):
        y = math.exp(self.data)
        return StoredSlopes(y, (self,), (y,))

    def log(self):
        return StoredSlopes(math.log(self.data), (self,), (1 / self.data,))

    def relu(self):
        return StoredSlopes(max(0.0, self.data), (self,), (float(self.data > 0),))

    def __sub__(self, other):
        return self + other * -1

    def __truediv__(self, other):
        return self * other**-1

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, slope in zip(node.children, node.slopes, strict=False):
                child.grad += slope * node.grad


def plain_dot(ws, xs):
    """A weighted sum, operation by operation."""
    return sum(w * x for w, x in zip(ws, xs, strict=True))


class Plain(Values):  # ours, operation by operation
    dot = staticmethod(plain_dot)


class Stored(Plain):
    leaf = StoredSlopes


ADAM = {"lr": 0.01, "betas": (0.85, 0.99)}  # as microgpt


def name_batches(size=1, letters=(8,), count=20):
    """Batches of names from the file that have so many letters, [(inputs, targets), ...]."""
    words, rng = read_words(NAMES), np.random.default_rng(0)
    fitting, vocabulary = [w for w in words if len(w) in letters], Vocabulary(words)
    return [batch(rng.choice(fitting, size), vocabulary) for _ in range(count)]


def gpt_step(batches, make=Tensor):
    """A function that does a step of training of chapter 18's GPT, with one batch."""
    model, turns = GPT(27, make=make), cycle(batches)
    optimizer = Adam(model.parameters(), **ADAM)
    return training_step(lambda: loss_of(model, *next(turns)), optimizer)


def torch_gpt_step(batches):
    """A function that does the same with PyTorch, eagerly, in 64 bits."""
    import torch
    from torch.nn.functional import cross_entropy, rms_norm, scaled_dot_product_attention

    parameters = [torch.tensor(p.data, requires_grad=True) for p in GPT(27).parameters()]
    token, place, *attention, out, up, down, last = parameters
    turns = cycle([(torch.tensor(x), torch.tensor(y)) for x, y in batches])
    norm = partial(rms_norm, normalized_shape=(16,), eps=1e-5)

    def loss_now():
        inputs, targets = next(turns)
        x = norm(token[inputs] + place[: inputs.shape[1]])
        y = norm(x)
        heads = [(y @ W).unflatten(2, (4, 4)).transpose(1, 2) for W in attention]
        found = scaled_dot_product_attention(*heads, is_causal=True)
        x = x + found.transpose(1, 2).flatten(2) @ out
        x = x + (norm(x) @ up).relu() @ down
        return cross_entropy((x @ last).flatten(0, 1), targets.flatten(), ignore_index=-1)

    return training_step(loss_now, torch.optim.Adam(parameters, **ADAM))


def gpt_race(rounds=5):
    """Seconds of the GPT for a step, and for each name in it, twice {name: [seconds, ...]}."""
    one, many = name_batches(), name_batches(32)
    jobs = {
        "slopes stored, as microgpt": (gpt_step(one, Stored), 2),
        "finished engine, plain": (gpt_step(one, Plain), 2),
        "finished engine, dot": (gpt_step(one, Values), 10),
    }
    makers = {"Tensor": gpt_step} | ({"PyTorch": torch_gpt_step} if TORCH else {})
    jobs |= {name: (make(one), 100) for name, make in makers.items()}
    jobs |= {f"{name}, 32 names": (make(many), 50) for name, make in makers.items()}
    steps = take_turns(jobs, rounds)
    return steps, {k: [t / (32 if "32" in k else 1) for t in ts] for k, ts in steps.items()}


# --- Chains ---


def chain(leaf, length):
    """Forward and backward through a chain of additions; return the last node."""
    x = y = leaf(1.0)
    for _ in range(length):
        x = x + y
    x.backward()
    return x


def growth(lengths, rounds=5):
    """Seconds of the finished engine for chains of these lengths, [seconds, ...]."""
    jobs = {n: (lambda n=n: chain(Value, n), max(1, 100_000 // n)) for n in lengths}
    return [median(seconds) for seconds in take_turns(jobs, rounds).values()]


def chain_race(length=1000, rounds=5):
    """Seconds for a chain of single numbers, forward and backward, {name: [seconds, ...]}."""
    leaves = {
        "lecture's engine": lecture_engine()["Value"],
        "finished engine": Value,
        "Tensor": tensor.Tensor,
    }
    if TORCH:
        import torch

        leaves["PyTorch"] = lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True)
    jobs = {name: (lambda leaf=leaf: chain(leaf, length), 5) for name, leaf in leaves.items()}
    return take_turns(jobs, rounds)


# --- make bench ---


def versions():
    """What was measured with, as a line of text."""
    parts = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    if TORCH:  # not imported yet: every collection would look through it, too
        parts.append(f"PyTorch {version('torch')}")
    return ", ".join([*parts, f"{platform.machine()}, {os.cpu_count()} cores"])


def bars(ax, race, xlabel):
    """A bar for the milliseconds of each job of a race."""
    ax.barh(list(race), [1e3 * median(seconds) for seconds in race.values()])
    ax.invert_yaxis()
    ax.set(xscale="log", xlabel=xlabel)


def draw(race, lengths, chains, sizes, batches):
    """A figure of three: the engines, growth with the nodes, growth with the batch."""
    fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 3.6))
    bars(left, race, "ms for a step of the moons (100 points)")
    middle.loglog(lengths, chains, "o-")
    middle.set(xlabel="nodes in a chain", ylabel="s, forward and backward")
    for (name, times), style in zip(batches.items(), ("o-", "s--", "^:"), strict=False):
        right.loglog(sizes, [1e3 * t for t in times], style, label=name)
    right.set(xlabel="points in a step", ylabel="ms")
    right.legend()
    alt("Times of the engines, and how they grow with the nodes and with the batch.")
    return fig


def main(rounds=5, folder=Path("build")):
    """Measure everything, print it, and draw it; about three minutes."""
    print(versions(), "\nHow many times as fast as the line with 1, in brackets the range")
    engines = engine_race(rounds)
    table("A step of the moons, 100 points", engines, "lecture's engine")
    old, new = bytes_per_node(lecture_engine()["Value"]), bytes_per_node(Value)
    print(f"\nBytes a node: lecture's engine {old:.0f}, finished engine {new:.0f}")
    lengths = (1_000, 10_000, 100_000, 1_000_000)
    chains = growth(lengths, rounds)
    print("\nA chain in the finished engine, forward and backward")
    for n, seconds in zip(lengths, chains, strict=True):
        print(f"  {n:9,} nodes {seconds:8.3f} s, {1e6 * seconds / n:.2f} µs a node")
    arrays = array_race(rounds)  # PyTorch comes last: the collector looks through it, too
    table("A step of the moons with arrays", arrays, [*arrays][-1])
    digits = digits_race(rounds)
    table("A step of the digits, 64-64-10, batch 256", digits, [*digits][-1])
    table("A chain of 1,000 additions", chain_race(1000, rounds), "lecture's engine")
    batches = batch_race(SIZES, rounds)
    print("\nA step of the moons, ms by number of points", *(f"{n:9,}" for n in SIZES))
    for name, times in batches.items():
        print(f"  {name:41}", *(f"{1e3 * t:9.3f}" for t in times))
    gc.freeze()  # the GPT's numbers aren't searched together with all of PyTorch
    steps, names = gpt_race(rounds)
    table("A step of a GPT of 4,192 numbers", steps, [*steps][-1])
    table("The same for each name in the step", names, "slopes stored, as microgpt")
    folder.mkdir(parents=True, exist_ok=True)
    draw(engines | arrays, lengths, chains, SIZES, batches).savefig(folder / "bench.svg")
    fig, ax = plt.subplots(figsize=(8, 3))
    bars(ax, names, "ms for a name of 8 letters, in a step of a GPT")
    fig.savefig(folder / "gpt.svg")
    print(f"\nDrawn to {folder / 'bench.svg'} and {folder / 'gpt.svg'}")


if __name__ == "__main__" and "__file__" in globals():
    main()
