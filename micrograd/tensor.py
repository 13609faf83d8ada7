"""Tensors: arrays of numbers that remember how they were computed.

As in the scalar engine, a table holds the operations. A rule gives the result, and `pull`,
a function from the gradient of the result to the gradients of the inputs, in their order.

Written in notebooks/15_arrays.ipynb, 16_digits.ipynb, 94_tensor.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

from itertools import pairwise
from math import prod
from numbers import Real

import numpy as np

from micrograd.engine import topological_order
from micrograd.nn import Module, as_size

# --- A Value that holds an array ---


RULES = {
    "+": lambda x, y: (x + y, lambda g: (g, g.copy())),  # gradients may be changed in place
    "-": lambda x, y: (x - y, lambda g: (g, -g)),
    "*": lambda x, y: (x * y, lambda g: (g * y, g * x)),
    "@": lambda x, y: matmul(x, y),  # which is defined further down
}


def binary(op, a, b):
    """The result of an operation on two, Tensors or not; ValueError if shapes don't fit."""
    x, y = operand(a), operand(b)
    try:
        data, pull = RULES[op](x, y)
    except ValueError:
        raise ValueError(f"the shapes in {np.shape(x)} {op} {np.shape(y)} don't fit") from None
    if not isinstance(b, Tensor):
        return Tensor(data, (a,), op + name_of(y), "", pull)
    if not isinstance(a, Tensor):
        return Tensor(data, (b,), name_of(x) + op, "", lambda g: [*pull(g)][1:])
    return Tensor(data, (a, b), op, "", pull)


def two_sided(op):
    """The operator `op` for a Tensor on its left, and for one on its right."""
    return (lambda a, b: binary(op, a, b)), (lambda b, a: binary(op, a, b))


class Tensor:
    """An array of numbers that remembers the operation and the arrays it was computed from.

    data: a NumPy array of 64-bit floats; errors as in `as_array`.
    grad: the derivatives of a result with respect to these numbers, an array of the same
        shape; None (or 0.0, after zero_grad) until it is known.
    label: a name for drawings.
    """

    __slots__ = ("data", "grad", "label", "_prev", "_op", "_pull")
    __array_ufunc__ = None  # NumPy leaves `array + tensor` to the tensor

    def __init__(self, data, _children=(), _op="", label="", _pull=None):
        self.data = as_array(data)
        self.grad = None
        self.label = label
        self._prev = tuple(_children)
        self._op = _op
        self._pull = _pull  # from this gradient to those of the children

    def __repr__(self):
        numbers = np.array2string(self.data, precision=4, separator=", ", prefix="Tensor(")
        return f"Tensor({numbers})"

    @property
    def shape(self):
        """The length along each axis, a tuple of ints."""
        return self.data.shape

    def item(self):
        """The number in a Tensor with a single one; ValueError for any other."""
        return self.data.item()

    def _backward(self):
        """Hand the gradient back to the inputs; where one was stretched, sum it up."""
        for child, grad in zip(self._prev, self._pull(self.grad), strict=False):
            if grad.shape != child.data.shape:
                grad = unbroadcast(grad, child.data.shape)
            child.grad = grad if child.grad is None else child.grad + grad

    def backward(self):
        """Find the gradient of this single number with respect to every tensor behind it.

        Leaves add up over calls, results start anew, as in PyTorch and in the scalar engine.
        Raises ValueError if there is more than one number.
        """
        if self.data.size != 1:
            raise ValueError(
                f"backward() starts from one number, and this has the shape {self.shape}: "
                "take its sum() or mean()"
            )
        results = [node for node in topological_order(self) if node._prev]
        for node in results:
            node.grad = None
        one = np.array(1.0).reshape(self.data.shape)
        self.grad = one if self.grad is None else self.grad + one
        for node in reversed(results):
            node._backward()

    __add__, __radd__ = two_sided("+")
    __sub__, __rsub__ = two_sided("-")
    __mul__, __rmul__ = two_sided("*")
    __matmul__, __rmatmul__ = two_sided("@")

    def sum(self, axis=None, keepdims=False):
        """The sum over all numbers, or along an axis or several, as in NumPy."""
        x = self.data

        def pull(g):
            return (np.zeros(x.shape) + along(g, axis, keepdims),)

        return Tensor(x.sum(axis=axis, keepdims=keepdims), (self,), "sum", "", pull)

    def exp(self):
        """e to the power of each number."""
        return unary("exp", self)

    def tanh(self):
        """The hyperbolic tangent of each number."""
        return unary("tanh", self)

    def relu(self):
        """The larger of each number and 0."""
        return unary("relu", self)

    def mean(self, axis=None, keepdims=False):
        """The mean over all numbers, or along an axis or several."""
        total = self.sum(axis, keepdims)
        if not self.data.size:
            raise ValueError(f"the mean of no numbers: the shape is {self.shape}")
        return total / (self.data.size / total.data.size)

    def __array__(self, *_, **__):
        raise TypeError("a Tensor is more than an array: use its own methods, or take .data")

    __truediv__, __rtruediv__ = two_sided("/")
    __pow__, __rpow__ = two_sided("**")  # as in NumPy, nan for a negative base and a fraction

    def __neg__(self):
        return self * -1

    def log(self):
        """The natural logarithm of each number; as in NumPy, nan below 0 and -inf at 0."""
        return unary("log", self)

    def max(self, axis=None, keepdims=False):
        """The largest number, or along an axis; equal ones share the gradient equally."""
        x, y = self.data, self.data.max(axis=axis, keepdims=keepdims)

        def pull(g):
            largest = x == along(y, axis, keepdims)
            count = largest.sum(axis=axis, keepdims=True)
            return (along(g, axis, keepdims) * largest / count,)

        return Tensor(y, (self,), "max", "", pull)

    __iter__ = None  # nothing goes through a tensor number by number

    def __getitem__(self, index):
        """Some of the numbers, as in NumPy; one that is picked twice gets both gradients."""
        x = self.data

        def pull(g):
            grad = np.zeros(x.shape)
            np.add.at(grad, index, g)
            return (grad,)

        return Tensor(x[index], (self,), "[ ]", "", pull)

    def reshape(self, *shape):
        """The same numbers in another shape. ValueError if there are more or fewer."""
        x = self.data
        try:
            data = x.reshape(*shape)
        except ValueError:
            shape = shape if len(shape) > 1 else shape[0]
            raise ValueError(f"the shape {x.shape} can't become {shape}") from None
        return Tensor(data, (self,), "reshape", "", lambda g: (g.reshape(x.shape),))

    def transpose(self, *axes):
        """The axes in another order, as in NumPy; reversed if none is named."""
        axes = np.ravel(axes) if axes else range(self.data.ndim)[::-1]
        data, back = self.data.transpose(axes), np.argsort(np.mod(axes, self.data.ndim))
        return Tensor(data, (self,), "transpose", "", lambda g: (g.transpose(back),))

    @property
    def mT(self):
        """The last two axes exchanged: each matrix of a stack transposed, as in NumPy."""
        if self.data.ndim < 2:
            raise ValueError(f"mT exchanges the last two axes, and the shape is {self.shape}")
        return self.transpose(*range(self.data.ndim - 2), -1, -2)


# --- Functions of each number ---


def exp(x):
    y = np.exp(x)
    return y, lambda g: (g * y,)  # it is its own slope


def tanh(x):
    t = np.tanh(x)
    return t, lambda g: (g * (1 - t**2),)


def relu(x):
    y = np.maximum(x, 0.0)
    return y, lambda g: (g * np.sign(y),)  # 1 where y is above 0, else 0


RULES |= {"exp": exp, "tanh": tanh, "relu": relu}


def unary(op, a):
    """The result of an operation on one Tensor, by its rule."""
    data, pull = RULES[op](a.data)
    return Tensor(data, (a,), op, _pull=pull)


# --- A bias for every row ---


def unbroadcast(grad, shape):
    """The gradient of an array of this shape that was broadcast: summed over its uses."""
    wanted = (1,) * (grad.ndim - len(shape)) + shape  # a missing axis counts as 1
    axes = [k for k, length in enumerate(wanted[: grad.ndim]) if length == 1]
    total = grad.sum(axis=tuple(axes), keepdims=True)
    if total.shape != wanted:
        raise ValueError(f"a gradient of shape {grad.shape} for a tensor of shape {shape}")
    return total.reshape(shape)


# --- Matrices ---


def matmul(x, y):
    """x @ y for vectors, matrices and stacks; the gradients are g @ yᵀ and xᵀ @ g."""
    if np.ndim(y) == 2 < np.ndim(x):  # one matrix for a whole stack, so all its rows at once
        return stacked(x, y)
    times = np.dot if np.ndim(x) == np.ndim(y) == 2 else np.matmul  # `dot` is faster
    data = times(x, y)

    def pull(g):
        left, right = x, y
        if y.ndim == 1:  # a column
            right, g = y[:, None], g[..., None]
        if x.ndim == 1:  # a row
            left, g = x[None, :], g[..., None, :]
        yield times(g, right.mT)
        grad = times(left.mT, g)
        yield grad if y.ndim > 1 else grad[..., 0]

    return data, pull


# --- A layer, a network ---


class Linear(Module):
    """A layer of nout neurons: activation(x @ W + b), for N examples at once.

    nin, nout: the number of inputs, and of neurons. activation: "relu", "tanh" or None.
    rng: a NumPy generator, or a seed; W (nin × nout) is drawn evenly from ±√(6 / nin), the
        range of He et al. (2015) for relu; b (nout) is 0.
    """

    def __init__(self, nin, nout, activation=None, rng=0):
        if activation not in (None, *RULES):
            raise ValueError(f"activation is None or one of {[*RULES]}, not {activation!r}")
        bound = (6 / as_size(nin, "inputs")) ** 0.5
        shape = (nin, as_size(nout, "neurons"))
        self.W = Tensor(np.random.default_rng(rng).uniform(-bound, bound, shape))
        self.b = Tensor(np.zeros(nout))
        self.activation = activation

    def __call__(self, x):
        """The outputs, N × nout, for N × nin inputs; ValueError for other shapes."""
        return linear(x, self.W, self.b, self.activation)

    def __repr__(self):
        return f"Linear({' x '.join(map(str, self.W.shape))}, {self.activation})"

    def parameters(self):
        return [self.W, self.b]


class TensorMLP(Module):
    """A multi-layer perceptron for N examples at once.

    nin: the number of inputs; nouts: the number of neurons in each layer, a list.
    activation: "relu" or "tanh", for all layers but the last, which has none.
    rng: a NumPy generator, or a seed.
    """

    def __init__(self, nin, nouts, activation="relu", rng=0):
        if isinstance(nouts, Real) or not nouts:
            raise ValueError(f"nouts lists the layers' sizes, such as [16, 1], not {nouts!r}")
        rng, shapes = np.random.default_rng(rng), pairwise([nin, *nouts])
        self.layers = [Linear(*shape, activation, rng) for shape in shapes]
        self.layers[-1].activation = None

    def __call__(self, x):
        """The last layer's outputs, N × nouts[-1], for N × nin inputs."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self):
        return f"TensorMLP of {self.layers}"

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


# --- A loss that copes with large scores ---


def class_numbers(logits, targets):
    """Targets as an array of whole numbers, if there is one for each row of logits."""
    targets = np.asarray(targets)
    if logits.data.ndim != 2 or targets.shape != logits.shape[:1] or not targets.size:
        raise ValueError(f"logits {logits.shape} don't go with targets {targets.shape}")
    if targets.dtype.kind not in "iu" or targets.min() < 0 or targets.max() >= logits.shape[1]:
        raise ValueError(f"a target is a whole number from 0 to {logits.shape[1] - 1}")
    return targets


def cross_entropy(logits, targets):
    """The mean cross-entropy of softmax over N examples, a Tensor with one number.

    logits: a Tensor, N × C, a number for each class; targets: N whole numbers from 0 to C - 1.
    Its gradient is (softmax - 1 at the target) / N. Raises ValueError for other targets.
    """
    logits = logits if isinstance(logits, Tensor) else Tensor(logits)
    targets = class_numbers(logits, targets)
    rows, n = np.arange(len(targets)), len(targets)
    z = logits.data - logits.data.max(axis=1, keepdims=True)  # the largest is 0 in each row
    e = np.exp(z)
    sums = e.sum(axis=1, keepdims=True)

    def pull(g):
        grad = e / sums  # softmax
        grad[rows, targets] -= 1  # once in each row
        return (grad * (float(g) / n),)

    loss = (np.log(sums).sum() - z[rows, targets].sum()) / n
    return Tensor(loss, (logits,), "cross_entropy", "", pull)


# --- What may be in a tensor ---


FLOAT = np.dtype(float)


def as_array(data):
    """Numbers as an array of 64-bit floats; such an array is taken as it is, not copied.

    Raises TypeError for anything else than numbers, ValueError for rows that differ in length.
    """
    if type(data) is np.ndarray and data.dtype is FLOAT:
        return data  # nearly always the case
    try:
        array = np.asarray(data)
    except ValueError:
        raise ValueError("rows of different lengths make no array: fill them up") from None
    if array.dtype.kind not in "biuf":
        kind = type(data).__name__
        raise TypeError(f"a Tensor holds numbers, not {data!r:.40} ({kind}): convert them")
    return np.asarray(array, dtype=float)


def operand(x):
    """What an operation computes with: a Tensor's array, a number, an array."""
    if isinstance(x, Tensor):
        return x.data
    return x if isinstance(x, (int, float)) else as_array(x)


def name_of(x):
    """A number in the name of an operation; an array isn't named."""
    return f"{x:.4g}" if isinstance(x, (int, float)) else ""


# --- More operations ---


def power(x, n):
    """xⁿ; the gradients are n xⁿ⁻¹, and xⁿ log x (nan for x below 0)."""
    y = x**n

    def pull(g):
        yield g * n * x ** np.where(n == 0, 1, n - 1)
        yield g * y * np.log(np.where(x == 0, 1.0, np.where(x < 0, np.nan, x)))

    return y, pull


def divide(x, y):
    def pull(g):
        yield g / y
        yield -g * (x / y) / y

    return x / y, pull


RULES |= {
    "/": divide,
    "**": power,
    "log": lambda x: (np.log(x), lambda g: (g / x,)),
}


def along(g, axis, keepdims):
    """A gradient with the axes back that were summed over, so that it can be stretched."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


# --- Vectors, and stacks of matrices ---


def stacked(x, y):
    """A stack times one matrix, computed as one matrix of all the stack's rows."""
    data, pull_rows = matmul(x.reshape(prod(x.shape[:-1]), x.shape[-1]), y)

    def pull(g):
        grads = pull_rows(g.reshape(data.shape))
        yield next(grads).reshape(x.shape)
        yield from grads

    return data.reshape(*x.shape[:-1], y.shape[-1]), pull


# --- A layer and a loss as one node ---


def linear(x, W, b, activation=None):
    """A layer for N examples at once: activation(x @ W + b), as one Tensor.

    x: N × nin, a Tensor or an array; W: nin × nout and b: nout, Tensors.
    activation: "relu", "tanh" or another rule for single numbers; None for no bend.
    Returns N × nout. Raises ValueError for shapes that don't fit, and names them.
    """
    inputs, weights = x.data if isinstance(x, Tensor) else as_array(x), W.data
    if inputs.ndim != 2 or weights.shape != (inputs.shape[1], *b.data.shape):
        shapes = f"{inputs.shape} @ {W.shape} + {b.shape}"
        raise ValueError(f"{shapes}: linear takes N × nin, nin × nout, nout")
    data, act_pull = inputs.dot(weights), None  # `dot` starts faster than `@`
    data += b.data
    if activation:
        data, act_pull = RULES[activation](data)

    def pull(g):
        if act_pull:
            (g,) = act_pull(g)
        yield inputs.T.dot(g)
        yield np.ones(len(g)).dot(g)  # the bias is a weight on an input of 1
        yield g.dot(weights.T)

    children = (W, b, x) if isinstance(x, Tensor) else (W, b)
    op = f"{activation}(x @ W + b)" if activation else "x @ W + b"
    return Tensor(data, children, op, "", pull)


def log_softmax(logits):
    """The logarithms of the softmax probabilities along the last axis, without overflow."""
    logits = logits if isinstance(logits, Tensor) else Tensor(logits)
    z = logits.data - logits.data.max(axis=-1, keepdims=True)
    data = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))

    def pull(g):
        return (g - np.exp(data) * g.sum(axis=-1, keepdims=True),)

    return Tensor(data, (logits,), "log_softmax", "", pull)


def hinge(scores, ys):
    """The mean of max(0, 1 - y · score) over N examples, a Tensor with one number.

    scores: a Tensor of N numbers, as N or N × 1; ys: N targets, each 1 or -1.
    Raises ValueError for other targets.
    """
    ys, n = np.asarray(ys, dtype=float), scores.data.size
    if scores.shape not in ((n,), (n, 1)) or ys.shape != (n,) or not n:
        raise ValueError(f"scores {scores.shape} don't go with targets {ys.shape}")
    if np.count_nonzero(ys * ys != 1.0):
        raise ValueError("a target is 1 or -1 (2 * y - 1 turns 0 and 1 into them)")
    ys = ys.reshape(scores.shape)
    missing = np.maximum(1.0 - scores.data * ys, 0.0)

    def pull(g):
        return (np.sign(missing) * ys * (-float(g) / n),)

    return Tensor(missing.sum() / n, (scores,), "hinge", "", pull)
