"""micrograd: an engine for gradients, and the networks it trains.

What the reader of the course builds:

    engine    Value, a number that remembers how it was computed, and backward()
    rules     the calculus: results that need care, and the slopes of all operations
    nn        Neuron, Layer and MLP, networks of Values
    loss      how wrong they are, in one number: squared error, hinge, cross-entropy
    training  gradient descent; save and load parameters
    data      xs and ys, the lecture's four examples

The same over arrays:

    tensor    Tensor and its rules; networks and losses of Tensors
    optim     SGD with momentum, and Adam, for Tensors and for Values
    words     words as tokens: files, vocabulary, batches, sampling
    gpt       attention and a GPT, for Tensors and for Values
    values    arrays of Values, on which the same GPT runs

Measuring, looking, storing:

    numeric   derivatives by nudging, and the gradient check
    draw      the graph of an expression, and a network, as pictures or as text
    walk      a walk through an expression, step by step: pictures, sentences, arithmetic
    stepper   plays such a walk, a widget for notebooks
    plot      points in the plane, and a network's decision boundary
    pad       a pad for drawing a digit, and what a network reads, a widget
    colours   the constants DATA, SLOPE, GRAD and MUTED
    files     writes files whole or not at all

In course/ is the course's own machinery. Nothing in it is micrograd.

Written in notebooks/98_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

__version__ = "0.2.0"
