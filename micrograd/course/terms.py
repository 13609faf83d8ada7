"""The glossary and the index of the web pages, out of the bold words in the notebooks.

Written in notebooks/84_site.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""


def glossary(root):
    """The page of all terms, each with the sentence that says what it is, as Markdown."""
    return "# Words\n"
