"""A GPT, from the tokens so far to the next one. It runs on Tensors and on arrays of Values.

Its shape is that of Karpathy's microgpt (2026), its attention that of Vaswani et al. (2017).

Written in notebooks/18_gpt.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import numpy as np

import micrograd.loss
import micrograd.tensor
from micrograd.nn import Module
from micrograd.tensor import Tensor


def softmax(scores):
    """Probabilities along the last axis."""
    powers = (scores - scores.data.max(axis=-1, keepdims=True)).exp()
    return powers / powers.sum(axis=-1, keepdims=True)


def attend(query, key, value):
    """One head: for each place a mean of the values up to it, weighted by query · key.

    query, key, value: T places × d numbers, or a stack of such matrices; so is the result.
    """
    places, size = query.shape[-2:]
    mask = np.triu(np.full((places, places), -np.inf), k=1)  # no place looks ahead
    return softmax(query @ key.mT / size**0.5 + mask) @ value


def norm(x):
    """Numbers scaled to a mean square of 1 along the last axis (RMSNorm)."""
    return x * ((x * x).mean(axis=-1, keepdims=True) + 1e-5) ** -0.5


class Block(Module):
    """A layer of a GPT: each place looks at those before it, then computes by itself.

    width: numbers at each place, which the heads share; matrix: a function that makes one.
    """

    attend = staticmethod(attend)  # so that another head can take its place

    def __init__(self, width, heads, matrix):
        if width % heads:
            raise ValueError(f"{heads} heads can't share {width} numbers equally")
        self.heads = heads
        self.query, self.key, self.value, self.out = (matrix(width, width) for _ in range(4))
        self.up, self.down = matrix(width, 4 * width), matrix(4 * width, width)

    def __call__(self, x):
        y = norm(x)
        query, key, value = (self.apart(y @ W) for W in (self.query, self.key, self.value))
        found = self.attend(query, key, value).transpose(0, 2, 1, 3).reshape(x.shape)
        x = x + found @ self.out
        return x + (norm(x) @ self.up).relu() @ self.down

    def apart(self, x):
        """N × T × width as N × heads × T × (width / heads)."""
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(0, 2, 1, 3)

    def parameters(self):
        return [self.query, self.key, self.value, self.out, self.up, self.down]


class GPT(Module):
    """A GPT: logits for the next token after each of the tokens.

    tokens: how many there are; context: how many of them it sees at most.
    width, heads, layers: of the Blocks; make: Tensor, or Values for single numbers.
    """

    def __init__(self, tokens, context=16, width=16, heads=4, layers=1, make=Tensor, rng=0):
        rng = np.random.default_rng(rng)

        def matrix(rows, columns):
            return make(rng.normal(0, 0.08, (rows, columns)))

        self.context, self.make = context, make
        self.token, self.place = matrix(tokens, width), matrix(context, width)
        self.blocks = [Block(width, heads, matrix) for _ in range(layers)]
        self.logits = matrix(width, tokens)

    def __call__(self, tokens):
        """Logits, N × T × (tokens), for N × T tokens; ValueError if T is above `context`."""
        places = np.shape(tokens)[1]
        if places > self.context:
            raise ValueError(f"{places} tokens in a row: this model sees {self.context}")
        x = norm(self.token[tokens] + self.place[:places])  # N × T × width
        for block in self.blocks:
            x = block(x)
        return x @ self.logits

    def parameters(self):
        blocks = [p for block in self.blocks for p in block.parameters()]
        arrays = [self.token, self.place, *blocks, self.logits]
        return arrays if self.make is Tensor else [p for array in arrays for p in array.flat]


def loss_of(model, inputs, targets):
    """The mean cross-entropy of the targets, which are as many as inputs, or -1 for none."""
    logits, targets = model(inputs)[targets >= 0], targets[targets >= 0]
    module = micrograd.tensor if isinstance(logits, Tensor) else micrograd.loss
    return module.cross_entropy(logits, targets)
