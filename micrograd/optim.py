"""Optimizers: how parameters are changed by their gradients.

They work for Values and for Tensors: for anything with `data` and `grad`.

Written in notebooks/16_digits.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

from math import inf
from numbers import Real


class Optimizer:
    """What optimizers have in common: the parameters, and the setting back of gradients."""

    def __init__(self, parameters, **settings):
        self.parameters = list(dict.fromkeys(parameters))
        if not self.parameters or not all(hasattr(p, "grad") for p in self.parameters):
            raise ValueError("no parameters: give the optimizer model.parameters()")
        for name, value in settings.items():
            if not isinstance(value, Real) or not 0 <= value < inf:
                raise ValueError(f"{name} has to be a number of 0 or more, not {value!r}")

    def zero_grad(self):
        """Forget the gradients of all parameters."""
        for p in self.parameters:
            p.grad = 0.0 if isinstance(p.data, float) else None  # a Value's data is one


class SGD(Optimizer):
    """Gradient descent: v = momentum · v + grad, and data -= lr · v.

    lr: the learning rate; it may be changed between steps.
    momentum: how much of the last step's v is kept, from 0 (nothing) to below 1.
    weight_decay: adds weight_decay · data to grad, as weight_decay / 2 · Σ data² would.
    """

    def __init__(self, parameters, lr=0.1, momentum=0.0, weight_decay=0.0):
        super().__init__(parameters, lr=lr, momentum=momentum, weight_decay=weight_decay)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.v = [0.0] * len(self.parameters)

    def step(self):
        """Change each parameter once."""
        for k, p in enumerate(self.parameters):
            if (grad := p.grad) is None:
                continue
            if self.weight_decay:
                grad = grad + self.weight_decay * p.data
            if self.momentum:
                grad = self.v[k] = self.momentum * self.v[k] + grad
            p.data = p.data - self.lr * grad  # a new array: others may hold the old one


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015): m / √v of running means m of grad and v of grad².

    lr: about how far each number moves in a step; it may be changed between steps.
    betas: how much of m and of v is kept in a step; eps keeps from dividing by 0.
    """

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(parameters, lr=lr, beta1=betas[0], beta2=betas[1], eps=eps)
        if max(betas) >= 1:
            raise ValueError(f"betas have to be below 1, not {betas}")
        self.lr, self.betas, self.eps = lr, betas, eps
        n = len(self.parameters)
        self.t, self.m, self.v = [0] * n, [0.0] * n, [0.0] * n

    def step(self):
        """Change each parameter once."""
        beta1, beta2 = self.betas
        for k, p in enumerate(self.parameters):
            if (grad := p.grad) is None:
                continue
            self.t[k] += 1
            m = self.m[k] = beta1 * self.m[k] + (1 - beta1) * grad
            v = self.v[k] = beta2 * self.v[k] + (1 - beta2) * grad * grad
            m, v = m / (1 - beta1 ** self.t[k]), v / (1 - beta2 ** self.t[k])
            p.data = p.data - self.lr * m / (v**0.5 + self.eps)
