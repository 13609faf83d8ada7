"""The engines of the course, NumPy by hand, and PyTorch where it is installed, side by side.

    python -m micrograd.course.bench    print the figures, and draw them to build/bench.svg

All jobs take turns, and what counts is the median over the rounds.

Written in notebooks/15_tensors.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import gc
import os
import platform
import random
import tracemalloc
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

import micrograd.loss
import micrograd.tensor
from micrograd.course.export import before
from micrograd.course.style import alt
from micrograd.engine import Value
from micrograd.nn import MLP
from micrograd.optim import SGD
from micrograd.tensor import Tensor, TensorMLP


def take_turns(jobs, rounds=5):
    """The median seconds of each job; jobs: {name: (function, how often in a round)}."""
    times = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, (job, repeats) in jobs.items():
            gc.collect()
            job()  # so everybody pays for the own garbage, and for no other
            start = perf_counter()
            for _ in range(repeats):
                job()
            times[name].append((perf_counter() - start) / repeats)
    return {name: median(seconds) for name, seconds in times.items()}


def moons(n=100):
    """The moons of chapter 14: points, n × 2, and targets 1.0 or -1.0."""
    np.random.seed(1337)
    random.seed(1337)
    points, side = make_moons(n_samples=n, noise=0.1)
    return points, 2.0 * side - 1


def lecture_engine():
    """The engine, network and loss that chapter 12 leaves, {name: object}."""
    space = {}
    for module in ("engine", "nn", "loss"):
        exec(before("13", module), space)
    return space


def scalar_step(MLP, hinge, points, ys):
    """A function that does a step of training with an engine of numbers."""
    net, points, ys = MLP(2, [16, 16, 1]), points.tolist(), ys.tolist()

    def step():
        loss = hinge([net(x) for x in points], ys)
        loss = loss + 1e-4 * sum(p * p for p in net.parameters())
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 0.1 * p.grad
        return loss.data

    return step


def training_step(net, optimizer, loss, points, ys):
    """A function that does a step of training and returns the loss."""

    def step():
        result = loss(net(points), ys)
        optimizer.zero_grad()
        result.backward()
        optimizer.step()
        return result.item()

    return step


def tensor_step(points, ys, sizes=(2, 16, 16, 1), loss=micrograd.tensor.hinge):
    """A function that does a step of training with Tensors."""
    net = TensorMLP(sizes[0], sizes[1:])
    optimizer = SGD(net.parameters(), lr=0.1, weight_decay=2e-4)
    return training_step(net, optimizer, loss, points, ys)


def torch_hinge(scores, ys):
    """The mean hinge loss in PyTorch."""
    return (1 - scores[:, 0] * ys).relu().mean()


def torch_step(points, ys, sizes=(2, 16, 16, 1), loss=torch_hinge):
    """A function that does a step of training with PyTorch, eagerly, in 64 bits."""
    import torch

    parts = []
    for nin, nout in zip(sizes, sizes[1:], strict=False):
        parts += [torch.nn.Linear(nin, nout, dtype=torch.float64), torch.nn.ReLU()]
    net = torch.nn.Sequential(*parts[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=2e-4)
    points, ys = torch.tensor(points), torch.tensor(ys)
    return training_step(net, optimizer, loss, points, ys)


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


def moons_race(rounds=5):
    """Seconds for a step of the moons, {name: seconds}."""
    points, ys = moons()
    old = lecture_engine()
    jobs = {
        "lecture's engine": (scalar_step(old["MLP"], old["hinge"], points, ys), 1),
        "finished engine": (scalar_step(MLP, micrograd.loss.hinge, points, ys), 10),
        "Tensor": (tensor_step(points, ys), 500),
        "NumPy by hand": (numpy_step(points, ys), 500),
    }
    if find_spec("torch"):
        jobs["PyTorch"] = torch_step(points, ys), 200
    return take_turns(jobs, rounds)


def batch_race(sizes=(1, 10, 100, 1000, 10_000), rounds=5):
    """Seconds for a step of the moons by number of points, {name: [seconds, ...]}."""
    makers = {"Tensor": tensor_step, "NumPy by hand": numpy_step}
    if find_spec("torch"):
        makers["PyTorch"] = torch_step
    times = {name: [] for name in makers}
    for size in sizes:
        data = moons(size)
        often = max(1, 20_000 // (size + 100))
        jobs = {name: (make(*data), often) for name, make in makers.items()}
        for name, seconds in take_turns(jobs, rounds).items():
            times[name].append(seconds)
    return times


def digits_race(rounds=5):
    """Seconds for a step of a 64-64-10 network, batch 256, {name: seconds}."""
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(0, 1, (256, 64)), rng.integers(0, 10, 256)
    loss = micrograd.tensor.cross_entropy
    jobs = {"Tensor": (tensor_step(images, labels, (64, 64, 10), loss), 100)}
    if find_spec("torch"):
        from torch.nn.functional import cross_entropy

        jobs["PyTorch"] = torch_step(images, labels, (64, 64, 10), cross_entropy), 100
    return take_turns(jobs, rounds)


def chain(leaf, length):
    """Forward and backward through a chain of additions; return the last node."""
    x = y = leaf(1.0)
    for _ in range(length):
        x = x + y
    x.backward()
    return x


def chain_race(length=1000, rounds=5):
    """Seconds for a chain of single numbers, forward and backward, {name: seconds}."""
    old = lecture_engine()["Value"]
    jobs = {
        "lecture's engine": (lambda: chain(old, length), 5),
        "finished engine": (lambda: chain(Value, length), 5),
        "Tensor": (lambda: chain(Tensor, length), 5),
    }
    if find_spec("torch"):
        from torch import nn, tensor

        jobs["PyTorch"] = (lambda: chain(lambda x: nn.Parameter(tensor(x).double()), length)), 5
    return take_turns(jobs, rounds)


def growth(lengths=(1_000, 10_000, 100_000, 1_000_000), rounds=5):
    """Seconds of the finished engine for a chain, forward and backward, [seconds, ...]."""
    jobs = {n: (lambda n=n: chain(Value, n), max(1, 100_000 // n)) for n in lengths}
    return list(take_turns(jobs, rounds).values())


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


def versions():
    """What was measured with, as a line of text."""
    parts = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    if find_spec("torch"):
        import torch

        parts.append(f"PyTorch {torch.__version__} ({torch.get_num_threads()} threads)")
    return ", ".join([*parts, f"{platform.machine()}, {os.cpu_count()} cores"])


def table(title, times, base):
    """Print times, and their ratio to the one named `base`."""
    print(f"\n{title}")
    for name, seconds in times.items():
        ratio = seconds / times[base]
        print(f"  {name:17} {1e3 * seconds:10.3f} ms {ratio:12.4g} times that of {base}")


def draw(race, lengths, chains, sizes, batches):
    """A figure of three: the engines, growth with the nodes, growth with the batch."""
    fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 3.6))
    left.barh(list(race), [1e3 * t for t in race.values()])
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


def main(rounds=5, sizes=(1, 10, 100, 1000, 10_000), path=Path("build/bench.svg")):
    """Measure everything, print it, and draw it; about three minutes."""
    print(versions())
    race, lengths = moons_race(rounds), (1_000, 10_000, 100_000, 1_000_000)
    table("A step of the moons, 100 points", race, "finished engine")
    table("The same, seen from Tensor", race, "Tensor")
    table("A step of the digits, 64-64-10, batch 256", digits_race(rounds), "Tensor")
    table("A chain of 1,000 additions of single numbers", chain_race(1000, rounds), "Tensor")
    old, new = bytes_per_node(lecture_engine()["Value"]), bytes_per_node(Value)
    print(f"\nBytes a node: lecture's engine {old:.0f}, finished engine {new:.0f}")
    chains = growth(lengths, rounds)
    print("\nA chain in the finished engine, forward and backward")
    for n, seconds in zip(lengths, chains, strict=True):
        print(f"  {n:9,} nodes {seconds:8.3f} s, {1e6 * seconds / n:.2f} µs a node")
    batches = batch_race(sizes, rounds)
    print("\nA step of the moons, ms by number of points", *(f"{n:9,}" for n in sizes))
    for name, times in batches.items():
        print(f"  {name:41}", *(f"{1e3 * t:9.3f}" for t in times))
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(race, lengths, chains, sizes, batches).savefig(path)
    print(f"\nDrawn to {path}")


if __name__ == "__main__" and "__file__" in globals():
    main()
