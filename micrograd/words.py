"""Words as tokens: text files with a word in each line, and the letters they are made of.

Written in notebooks/17_names.ipynb, 18_gpt.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

from pathlib import Path

import numpy as np


def read_words(path):
    """The words of a text file, one in each line; each once, in their order, no empty line.

    Raises OSError if it can't be read, ValueError if it isn't UTF-8 or has under two words.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name} isn't UTF-8 (its byte {error.start}): save it with this encoding"
        ) from None
    words = [*dict.fromkeys(word for line in lines if (word := line.strip()))]
    if len(words) < 2:
        found = f"one word alone, {words[0]!r:.40}" if words else "no word"
        raise ValueError(f"{path.name} has {found}: write one in each line, two or more")
    return words


def split(words, held_out=0.1, rng=0):
    """Two lists of words, to train with and to hold out; rng: a NumPy generator, or a seed."""
    order = np.random.default_rng(rng).permutation(len(words))
    k = min(max(1, round(held_out * len(words))), len(words) - 1)  # both get at least one
    return [words[i] for i in order[k:]], [words[i] for i in order[:k]]


class Vocabulary:
    """The letters of some words, numbered from 1; 0 stands before each word and ends it."""

    def __init__(self, words):
        self.letters = sorted({*"".join(words)})
        self.numbers = {letter: k for k, letter in enumerate(self.letters, start=1)}

    def __len__(self):
        return len(self.letters) + 1

    def encode(self, word):
        """The numbers of a word's letters, a list; ValueError for an unknown letter."""
        if unknown := sorted({*word} - {*self.letters}):
            known = "".join(self.letters)
            raise ValueError(f"{word!r} has unknown letters, {unknown}; known are {known}")
        return [self.numbers[letter] for letter in word]

    def decode(self, tokens):
        """The text of some tokens; 0 is shown as a dot."""
        return "".join(self.letters[token - 1] if token else "." for token in tokens)


def batch(words, vocabulary):
    """Words as inputs and targets, N × T tokens each; -1 is no target, but fills a row up.

    Raises ValueError for unknown letters, for no words, and for one word in place of a list.
    """
    if isinstance(words, str) or not len(words):
        raise ValueError(f"a batch is a list of words, not {words!r}")
    rows = [[0, *vocabulary.encode(word), 0] for word in words]
    inputs = np.zeros((len(rows), max(map(len, rows)) - 1), dtype=int)
    targets = np.full_like(inputs, -1)
    for k, row in enumerate(rows):
        inputs[k, : len(row) - 1], targets[k, : len(row) - 1] = row[:-1], row[1:]
    return inputs, targets


def sample(model, vocabulary, start="", temperature=1.0, rng=0):
    """A word, letter by letter, each drawn with the probability that a GPT gives it.

    start: how it begins; ValueError for letters that aren't in the vocabulary.
    temperature: below 1 favours the probable letters, above 1 the improbable ones.
    """
    if not temperature > 0:
        raise ValueError(f"a temperature is above 0, not {temperature!r}")
    rng, tokens = np.random.default_rng(rng), [0, *vocabulary.encode(start)]
    if len(tokens) > model.context:
        raise ValueError(f"{start!r} is too long: this model sees {model.context - 1} letters")
    while len(tokens) <= model.context:
        logits = model(np.array([tokens])).data[0, -1]
        chances = np.exp((logits - logits.max()) / temperature)
        token = int(rng.choice(len(chances), p=chances / chances.sum()))
        if token == 0:
            break
        tokens.append(token)
    return vocabulary.decode(tokens[1:])
