"""Checks for exercises: they print ✓ or a diagnosis, and never raise.

Written in notebooks/96_workbook.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import math
from functools import wraps
from numbers import Real

MISSING = "replace the `...` with your answer."


def check(test):
    """Make a check out of a test of an answer.

    test: a function that returns None for a right answer, or a sentence that says what
        is wrong with it.
    Returns a function with the same arguments that prints the result. Whatever the answer
    does, it raises no error.
    """

    @wraps(test)
    def run(*answers):
        try:
            missing = any(answer is ... for answer in answers)
            problem = MISSING if missing else test(*answers)
        except (Exception, SystemExit) as error:
            unfinished = "ellipsis" in str(error).lower()  # a `...` was added, called, …
            problem = (
                MISSING if unfinished else f"your code raises {type(error).__name__}: {error}"
            )
        print(f"✗ Not yet: {problem}" if problem else "✓ Right.")

    return run


def compare(got, want, mistakes=(), what="the result"):
    """None if a number is close to the one wanted, else a sentence about what is wrong.

    mistakes: {wrong number: where it comes from}
    what: how to call the number in the sentence.
    """
    if hasattr(got, "_prev"):  # a Value
        got = got.data
    if getattr(got, "ndim", None) == 0:  # an array with a single number
        got = got.item()
    if got is ...:
        return f"{what}: {MISSING}"
    if got is None:
        return f"{what} is None: is there a `return`?"
    if not isinstance(got, Real):
        return f"{what} is {got!r:.60}, and should be a number."
    got = float(got)
    if math.isclose(got, want, rel_tol=1e-6, abs_tol=1e-9):
        return None
    for wrong, reason in dict(mistakes).items():
        if math.isclose(got, wrong, rel_tol=1e-6, abs_tol=1e-9):
            return f"{what} is {got:.8g}. {reason}"
    return f"{what} is {got:.8g}, and should be {want:.8g}."
