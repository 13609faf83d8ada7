"""A GPT of microgpt's shape (Karpathy, 2026), for Tensors and for arrays of Values.

Written in notebooks/18_gpt.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import numpy as np

from micrograd.loss import negative_log_likelihood
from micrograd.nn import Module
from micrograd.tensor import Tensor, cross_entropy


def softmax(scores):
    """Probabilities along the last axis."""
    powers = (scores - scores.data.max(axis=-1, keepdims=True)).exp()
    return powers / powers.sum(axis=-1, keepdims=True)


def attend(query, key, value):
    """One head: for each place a mean of the values up to it, weighted by query · key.

    query, key, value: T places × d numbers, or stacks of such matrices; so is the result.
    The formula is that of Vaswani et al., "Attention is all you need" (2017).
    """
    places, size = query.shape[-2:]
    mask = np.triu(np.full((places, places), -np.inf), k=1)  # no place looks ahead
    return softmax(query @ key.mT / size**0.5 + mask) @ value


def norm(x):
    """Numbers scaled to a mean square of 1 (RMSNorm, of Zhang and Sennrich, 2019)."""
    return x * ((x * x).mean(axis=-1, keepdims=True) + 1e-5) ** -0.5


class Block(Module):
    """A layer of a GPT: each place looks at those before it, then computes by itself.

    width: numbers at each place, which the heads share; matrix(rows, columns) makes weights.
    """

    attend = staticmethod(attend)  # so that another head can take its place

    def __init__(self, width, heads, matrix):
        if heads < 1 or width % heads:
            raise ValueError(f"{heads} heads can't share {width} numbers equally")
        self.heads = heads
        self.query, self.key, self.value, self.out = (matrix(width, width) for _ in range(4))
        self.up, self.down = matrix(width, 4 * width), matrix(4 * width, width)

    def __call__(self, x):  # N × T × width
        x = x + self.look(norm(x))
        return x + self.think(norm(x))

    def look(self, x):  # what the heads find in the places so far
        query, key, value = (self.apart(x @ W) for W in (self.query, self.key, self.value))
        found = self.attend(query, key, value)  # N × heads × T × (width / heads)
        return found.transpose(0, 2, 1, 3).reshape(x.shape) @ self.out

    def think(self, x):  # an MLP, for each place by itself
        return (x @ self.up).relu() @ self.down

    def apart(self, x):
        """N × T × width as N × heads × T × (width / heads)."""
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(0, 2, 1, 3)

    def parameters(self):
        return [self.query, self.key, self.value, self.out, self.up, self.down]


class GPT(Module):
    """A GPT: logits for the next token after each of the tokens.

    vocab: how many kinds of tokens; context: how many of them in a row it can see.
    width, heads, layers: of the Blocks; make: Tensor, or Values for single numbers.
    """

    def __init__(self, vocab, context=16, width=16, heads=4, layers=1, make=Tensor, rng=0):
        rng = np.random.default_rng(rng)

        def matrix(rows, columns):
            return make(rng.normal(0, 0.08, (rows, columns)))

        self.context = context
        self.token, self.place = matrix(vocab, width), matrix(context, width)
        self.blocks = [Block(width, heads, matrix) for _ in range(layers)]
        self.last = matrix(width, vocab)

    def __call__(self, tokens):
        """Logits, N × T × vocab, for N × T tokens; ValueError if T is above `context`."""
        places = np.shape(tokens)[1]
        if places > self.context:
            raise ValueError(f"{places} tokens in a row: this model sees {self.context}")
        x = norm(self.token[tokens] + self.place[:places])  # N × T × width, plus T × width
        for block in self.blocks:
            x = block(x)
        return x @ self.last

    def parameters(self):
        blocks = [p for block in self.blocks for p in block.parameters()]
        arrays = [self.token, self.place, *blocks, self.last]
        tensors = isinstance(self.last, Tensor)
        return arrays if tensors else [p for array in arrays for p in array.flat]


def loss_of(model, inputs, targets):
    """The mean cross-entropy of the targets, which are as many as inputs, or -1 for none."""
    logits, targets = model(inputs)[targets >= 0], targets[targets >= 0]
    if isinstance(logits, Tensor):
        return cross_entropy(logits, targets)
    return sum(map(negative_log_likelihood, logits, targets)) / len(targets)
