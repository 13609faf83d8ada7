"""Neural networks of Values: neurons, layers and the multi-layer perceptron (MLP).

Written in notebooks/91_checks.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import random
from itertools import groupby, pairwise
from numbers import Integral, Real

from micrograd.engine import AS_MADE, Value, as_value, weighted_sum

# --- The network of the package ---


class Module:
    """Anything with parameters, the numbers that training changes."""

    def parameters(self):
        """All parameters, a list of Values, always in the same order."""
        return []

    def zero_grad(self):
        """Set the gradients of all parameters to 0."""
        for p in self.parameters():
            p.grad = 0.0

    def __repr__(self):
        count = sum(getattr(p.data, "size", 1) for p in self.parameters())  # Tensors have more
        return f"{type(self).__name__} with {count} parameters"


class Inputs(list):
    """Inputs as Values, whose weighted sum may be one node; `raw` are those that came."""


def as_inputs(x):
    """Inputs as a list, a single one as a list of one; as Inputs, if nobody can tell."""
    raw = [x] if not hasattr(x, "__iter__") or getattr(x, "ndim", 1) == 0 else [*x]
    try:
        values = Inputs(map(as_value, raw))
    except TypeError:  # weights of somebody's own may know what to do with it
        return raw
    values.raw, same = raw, (Value.__add__, Value.__mul__) == AS_MADE
    return values if same and {*map(type, values)} == {Value} else raw


# --- A neuron, and one node ---


def as_size(size, what):
    """A number of inputs or neurons; ValueError unless it is a whole number above 0."""
    if not isinstance(size, Integral) or size < 1:
        raise ValueError(f"the number of {what} has to be 1 or more, not {size!r}")
    return size


class Neuron(Module):
    """A weighted sum of the inputs plus a bias, sent through an activation function.

    nin: the number of inputs. The weights `w` are drawn from -1 to 1.
    nonlin: False leaves the activation out.
    activation: "relu" or "tanh".
    random_bias: whether the bias `b` is drawn, too, after the weights; otherwise it is 0.
    Raises ValueError for another size or activation.
    """

    activation = "relu"  # for subclasses with an __init__ of their own
    _plain = None  # weights and bias, if they were plain Values when last looked at

    def __init__(self, nin, nonlin=True, activation="relu", random_bias=False):
        if activation not in ("relu", "tanh"):
            raise ValueError(f'activation is "relu" or "tanh", not {activation!r}')
        self.w = [Value(random.uniform(-1, 1)) for _ in range(as_size(nin, "inputs"))]
        self.b = Value(random.uniform(-1, 1) if random_bias else 0)
        self.nonlin = nonlin
        self.activation = activation

    def __call__(self, x):
        """The output, a Value, for `nin` numbers or Values; ValueError for more or fewer."""
        x = x if type(x) is Inputs else as_inputs(x)
        if len(x) != len(self.w):
            raise ValueError(f"{len(x)} inputs for {len(self.w)} weights: give one example")
        plain = type(self.w) is list and self._plain == (self.w, self.b)
        if not plain and (plain := {*map(type, [*self.w, self.b])} == {Value}):
            self._plain = [*self.w], self.b
        if plain and type(x) is Inputs:
            out = weighted_sum(self.w, x, self.b)
        else:
            x = getattr(x, "raw", x)
            out = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return getattr(out, self.activation)() if self.nonlin else out

    def __repr__(self):
        kind = self.activation.title().replace("Relu", "ReLU") if self.nonlin else "Linear"
        return f"{kind}Neuron({len(self.w)})"

    def parameters(self):
        return [p for p in (*self.w, self.b) if isinstance(p, Value)]


# --- Layers and networks ---


class Layer(Module):
    """Neurons side by side, which all get the same inputs.

    nin, nout: the number of inputs, and of neurons.
    options: `nonlin`, `activation` and `random_bias`, as for `Neuron`.
    """

    _neuron_call = Neuron.__call__  # to see whether somebody has replaced it

    def __init__(self, nin, nout, **options):
        self.neurons = [Neuron(nin, **options) for _ in range(as_size(nout, "neurons"))]

    def __call__(self, x):
        """The outputs, a list of `nout` Values; if there is one only, the Value itself."""
        if {*map(type, self.neurons)} == {Neuron} and Neuron.__call__ is Layer._neuron_call:
            x = as_inputs(x)  # once for all of them
        outs = [neuron(x) for neuron in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def __repr__(self):
        runs = [(len([*run]), kind) for kind, run in groupby(map(repr, self.neurons))]
        return f"Layer of [{', '.join(f'{count} x {kind}' for count, kind in runs)}]"

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP(Module):
    """A multi-layer perceptron: each layer gets the outputs of the one before.

    nin: the number of inputs; nouts: the number of neurons in each layer, a list.
    activation: "relu" or "tanh", for all layers but the last, which has none.
    lecture: True for the video's network: tanh in all layers (whatever `activation` says),
        and random biases.

    With neither, it is the network of micrograd 0.1.0, with the same random draws.
    Raises TypeError if nouts is no list, ValueError for sizes that make no network.
    """

    def __init__(self, nin, nouts, activation="relu", lecture=False):
        if isinstance(nouts, Real):
            raise TypeError(f"nouts lists the layers' sizes: [{nouts}] in place of {nouts}")
        if not (sizes := list(pairwise([nin, *nouts]))):
            raise ValueError(f"a network needs a layer, such as MLP({nin}, [1])")
        options = {"activation": "tanh" if lecture else activation, "random_bias": lecture}
        self.layers = [
            Layer(a, b, nonlin=lecture or place < len(sizes), **options)
            for place, (a, b) in enumerate(sizes, start=1)
        ]

    def __call__(self, x):
        """The last layer's outputs, for `nin` numbers or Values."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self):
        return f"MLP of [{', '.join(map(str, self.layers))}]"

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
