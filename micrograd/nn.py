"""Neural networks of Values: neurons, layers and the multi-layer perceptron (MLP).

Written in notebooks/10_neural_net.ipynb, 11_loss.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""

import random
from collections import Counter
from itertools import pairwise
from numbers import Real

from micrograd.engine import Value


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
        return f"{type(self).__name__} with {len(self.parameters())} parameters"


def as_inputs(x):
    """Inputs as a list; a single number or Value is a list of one."""
    return [x] if isinstance(x, (Real, Value)) else list(x)


class Neuron(Module):
    """A weighted sum of the inputs plus a bias, sent through an activation function.

    nin: the number of inputs. The weights `w` are drawn from -1 to 1.
    nonlin: False leaves the activation out.
    activation: "relu" or "tanh".
    random_bias: whether the bias `b` is drawn, too, after the weights; otherwise it is 0.
    """

    def __init__(self, nin, nonlin=True, activation="relu", random_bias=False):
        if activation not in ("relu", "tanh"):
            raise ValueError(f'activation is "relu" or "tanh", not {activation!r}')
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(random.uniform(-1, 1) if random_bias else 0)
        self.nonlin = nonlin
        self.activation = activation

    def __call__(self, x):
        """The output, a Value, for `nin` numbers or Values; ValueError for more or fewer."""
        x = as_inputs(x)
        if len(x) != len(self.w):
            raise ValueError(f"wrong number of inputs: {len(x)} in place of {len(self.w)}")
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return getattr(act, self.activation)() if self.nonlin else act

    def __repr__(self):
        kind = {"relu": "ReLU", "tanh": "Tanh"}[self.activation] if self.nonlin else "Linear"
        return f"{kind}Neuron({len(self.w)})"

    def parameters(self):
        return [*self.w, self.b]


class Layer(Module):
    """Neurons side by side, which all get the same inputs.

    nin, nout: the number of inputs, and of neurons.
    options: `nonlin`, `activation` and `random_bias`, as for `Neuron`.
    """

    def __init__(self, nin, nout, **options):
        self.neurons = [Neuron(nin, **options) for _ in range(nout)]

    def __call__(self, x):
        """The outputs, a list of `nout` Values; if there is one only, the Value itself."""
        x = as_inputs(x)
        outs = [neuron(x) for neuron in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def __repr__(self):
        kinds = Counter(map(repr, self.neurons))
        return f"Layer of [{', '.join(f'{count} × {kind}' for kind, count in kinds.items())}]"

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


def layer_sizes(nin, nouts):
    """The pairs (inputs, outputs) of a network's layers."""
    if isinstance(nouts, Real):
        raise TypeError(f"nouts lists the sizes of the layers: [{nouts}] in place of {nouts}")
    sizes = list(pairwise([nin, *nouts]))
    if not sizes or min(min(pair) for pair in sizes) < 1:
        raise ValueError(f"no network goes from {nin} inputs to layers of {list(nouts)}")
    return sizes


class MLP(Module):
    """A multi-layer perceptron: each layer gets the outputs of the one before.

    nin: the number of inputs; nouts: the number of neurons in each layer, a list.
    activation: "relu" or "tanh", for all layers but the last, which has none.
    lecture: True for the video's network: tanh in all layers, and random biases.

    With neither, it is the network of micrograd 0.1.0, with the same random draws.
    """

    def __init__(self, nin, nouts, activation="relu", lecture=False):
        options = {"activation": "tanh" if lecture else activation, "random_bias": lecture}
        sizes = layer_sizes(nin, nouts)
        self.layers = [
            Layer(a, b, nonlin=lecture or number < len(sizes), **options)
            for number, (a, b) in enumerate(sizes, start=1)
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
