"""The engines of the course, NumPy by hand, and PyTorch where it is installed, side by side.

    python -m micrograd.course.bench    print the figures, and draw them to build/bench.svg

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
from importlib.metadata import version
from importlib.util import find_spec
from itertools import cycle, pairwise
from pathlib import Path
from statistics import median
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from micrograd import tensor
from micrograd.course.export import before
from micrograd.course.style import alt
from micrograd.engine import Value, dot
from micrograd.nn import MLP
from micrograd.optim import SGD
from micrograd.tensor import TensorMLP

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


def training_step(net, optimizer, loss, points, ys):
    """A function that does a step of training and returns the loss."""

    def step():
        result = loss(net(points), ys)
        optimizer.zero_grad()
        result.backward()
        optimizer.step()
        return result.item()

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

    optimizer = SGD(net.parameters(), lr=0.1, weight_decay=2e-4)
    return training_step(written_out if plain else net, optimizer, loss, points, ys)


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

    parts = []
    for nin, nout in zip(sizes, sizes[1:], strict=False):
        parts += [torch.nn.Linear(nin, nout, dtype=torch.float64), torch.nn.ReLU()]
    net = torch.nn.Sequential(*parts[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=2e-4)
    return training_step(net, optimizer, loss or hinge, torch.tensor(points), torch.tensor(ys))


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


# --- A GPT of single numbers ---


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

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

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


def add(xs, ys):
    """Two lists of Values, number by number."""
    return [x + y for x, y in zip(xs, ys, strict=True)]


def softmax(logits):
    """Probabilities from logits, a list of Values."""
    largest = max(logit.data for logit in logits)
    powers = [(logit - largest).exp() for logit in logits]
    total = sum(powers)
    return [power / total for power in powers]


class ScalarGPT:
    """A GPT over single numbers, of microgpt's shape, with 4,192 parameters.

    27 tokens, up to 16 of them in a row, 16 numbers for each; one layer with 4 heads.
    leaf: makes a Value of a number. dot: a function of two lists, the weighted sum.
    """

    def __init__(self, leaf, dot):
        rng = random.Random(1337)
        self.dot, self.parameters = dot, []
        shapes = {"token": (27, 16), "place": (16, 16), "logits": (27, 16)}
        shapes |= {"up": (64, 16), "down": (16, 64), **dict.fromkeys("qkvo", (16, 16))}
        for name, (rows, columns) in shapes.items():
            matrix = [[leaf(rng.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]
            self.parameters += [p for row in matrix for p in row]
            setattr(self, name, matrix)

    def times(self, matrix, x):
        """The product of a matrix and a list of numbers."""
        return [self.dot(row, x) for row in matrix]

    def normed(self, x):
        """Numbers scaled to a mean square of 1 (RMSNorm)."""
        scale = (self.dot(x, x) / len(x) + 1e-5) ** -0.5
        return [xi * scale for xi in x]

    def attend(self, query, keys, values):
        """What the four heads take from the tokens so far: 16 numbers."""
        heads = []
        for part in (slice(start, start + 4) for start in range(0, 16, 4)):
            weights = softmax([self.dot(query[part], key[part]) * 0.5 for key in keys])
            for column in zip(*(value[part] for value in values), strict=True):
                heads.append(self.dot(weights, column))
        return heads

    def loss(self, tokens):
        """The mean cross-entropy of each token after the first, from those before it."""
        keys, values, losses = [], [], []
        for place, (token, target) in enumerate(pairwise(tokens)):
            x = self.normed(add(self.token[token], self.place[place]))
            y = self.normed(x)
            keys.append(self.times(self.k, y))
            values.append(self.times(self.v, y))
            heads = self.attend(self.times(self.q, y), keys, values)
            x = add(x, self.times(self.o, heads))
            hidden = [h.relu() for h in self.times(self.up, self.normed(x))]
            x = add(x, self.times(self.down, hidden))
            losses.append(-softmax(self.times(self.logits, x))[target].log())
        return sum(losses) * (1 / len(losses))


def gpt_step(leaf, dot, letters=8, lr=0.1):
    """A function that does a step of training of a ScalarGPT, with a word of some letters."""
    rng = random.Random(0)
    words = [[26, *rng.choices(range(26), k=letters), 26] for _ in range(4)]
    turns, model = cycle(words), ScalarGPT(leaf, dot)

    def step():
        loss = model.loss(next(turns))
        loss.backward()
        for p in model.parameters:
            p.data, p.grad = p.data - lr * p.grad, 0.0
        return loss.data

    return step


def gpt_race(rounds=5):
    """Seconds for a step of a ScalarGPT, all of it, {name: [seconds, ...]}."""
    jobs = {
        "slopes stored, as microgpt": (gpt_step(StoredSlopes, plain_dot), 4),
        "finished engine, plain": (gpt_step(Value, plain_dot), 4),
        "finished engine, dot": (gpt_step(Value, dot), 20),
    }
    return take_turns(jobs, rounds)


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


def draw(race, lengths, chains, sizes, batches):
    """A figure of three: the engines, growth with the nodes, growth with the batch."""
    fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 3.6))
    left.barh(list(race), [1e3 * median(seconds) for seconds in race.values()])
    left.invert_yaxis()
    left.set(xscale="log", xlabel="ms for a step of the moons (100 points)")
    middle.loglog(lengths, chains, "o-")
    middle.set(xlabel="nodes in a chain", ylabel="s, forward and backward")
    for (name, times), style in zip(batches.items(), ("o-", "s--", "^:"), strict=False):
        right.loglog(sizes, [1e3 * t for t in times], style, label=name)
    right.set(xlabel="points in a step", ylabel="ms")
    right.legend()
    alt("Times of the engines, and how they grow with the nodes and with the batch.")
    return fig


def main(rounds=5, path=Path("build/bench.svg")):
    """Measure everything, print it, and draw it; about three minutes."""
    print(versions(), "\nHow many times as fast as the line with 1, in brackets the range")
    table("A step of a GPT of 4,192 numbers", gpt_race(rounds), "slopes stored, as microgpt")
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
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(engines | arrays, lengths, chains, SIZES, batches).savefig(path)
    print(f"\nDrawn to {path}")


if __name__ == "__main__" and "__file__" in globals():
    main()
