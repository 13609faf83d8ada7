"""The glossary of the web pages, and what their search finds first, out of the notebooks.

A term is explained where it is bold, and a name of the package where it is written.

Written in notebooks/84_site.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from ast import ClassDef, FunctionDef, parse
from collections import defaultdict
from itertools import pairwise

from markdown_it import MarkdownIt

from micrograd.course.cells import chapters, code_cells, read_cells
from micrograd.course.notebooks import read

TERM = re.compile(r"[A-Za-z][\w-]*( [\w-]+){0,2}")


def bold_terms(text):
    """The terms in a Markdown text, each with the paragraph in which it is bold."""
    for block in MarkdownIt().parse(text):
        line = ""
        for token, word in pairwise(block.children or []):
            if token.type == "strong_open" and line and TERM.fullmatch(word.content):
                yield word.content, block.content
            line = "" if token.type == "softbreak" else line + token.content


POINTS_BACK = re.compile(r"\b(this|these|such|its?|they|their|them)\b", re.IGNORECASE)
SHORT = 10  # words


def quote(paragraph, term):
    """What a paragraph says about its bold term: one or two sentences, without links."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", paragraph)
    text = re.sub(r"^\*\*[^*]*\.\*\* ", "", text)  # a label
    sentences = re.findall(r"\S.*?(?:[.?!][)*]*(?=\s|$)|$)", text, re.DOTALL)
    place = next(n for n, sentence in enumerate(sentences) if f"**{term}**" in sentence)
    before, said, after = (["", *sentences, ""])[place : place + 3]
    points_back = POINTS_BACK.search(said.partition(f"**{term}**")[0])
    if points_back and before:
        said = f"{before} {said}"
    elif (points_back or len(said.split()) <= SHORT) and not after.endswith("?"):
        said = f"{said} {after}"
    said = said.replace("**", "").strip()
    if said.count("(") > said.count(")"):
        said = said.removeprefix("(")
    return said.removesuffix(")") if said.count(")") > said.count("(") else said


def names_in(source):
    """The public functions, classes and methods that a cell writes: (name, its class or "")."""
    kinds = (FunctionDef, ClassDef)
    for node in parse(source).body:
        if isinstance(node, kinds):
            yield node.name, ""
        for inner in node.body if isinstance(node, ClassDef) else []:
            if isinstance(inner, kinds) and not inner.name.startswith("_"):
                yield inner.name, node.name


def package_names(root):
    """The package's names: {name: {where it lives: [the pages that write it]}}."""
    names = defaultdict(lambda: defaultdict(list))
    for cell in read_cells(root):
        if not cell.module.startswith("course/"):
            for name, owner in names_in(cell.source):
                home = f"{cell.module}.{owner}" if owner else cell.module
                names[name][home].append(cell.notebook.removesuffix(".ipynb"))
    return names


USE = re.compile(r"\b(\w+)[(:]")  # also the `class Value:` that has no bracket


def first_uses(root):
    """The page on which each of the package's names is first written or called."""
    first, names = {}, package_names(root)
    for path in list(chapters(root).values())[1:]:
        for _, source in code_cells(path):
            for name in USE.findall(source):
                if name in names:
                    first.setdefault(name, path.stem)
    return first


def anchor(kind, word):
    """The id of a word's place on its page. kind: "term" or "name"."""
    return f"{kind}-" + re.sub(r"\W+", "-", word.lower())


def link(page, at=""):
    """A link to a chapter's page, by its number. at: an id there."""
    return f'<a href="notebooks/{page}.html{at and "#" + at}">{page[:2]}</a>'


def seen_again(term, texts):
    """Links to the first chapters that use a term. texts: {page: text}, of those to look at."""
    word = re.compile(rf"\b{re.sub('(?<!s)s$', '', term)}s?\b", re.IGNORECASE)
    return ", ".join([link(page) for page in texts if word.search(texts[page])][:4])


def terms_page(texts):
    """The lines of the glossary, out of the texts of all chapters, {page: text}."""
    terms = {}
    for page, text in texts.items():
        for term, paragraph in bold_terms(text):
            spelling, said = terms.setdefault(term.lower(), (term, {}))
            said.setdefault(page, quote(paragraph, term))
    for _, (term, said) in sorted(terms.items()):
        quotes = [
            f"  {text} ({link(page, anchor('term', term))})\n" for page, text in said.items()
        ]
        later = {page: text for page, text in texts.items() if max(said) < page < "80"}
        again = seen_again(term, later)
        yield "\n".join([term, *quotes, f"  Again in {again}.\n" if again else ""])


def names_page(root):
    """The lines of a table of the package's names."""
    names, first = package_names(root), first_uses(root)
    for name in sorted(names, key=str.lower):
        pages = {page: True for pages in names[name].values() for page in pages}
        homes = ", ".join(f"`{home}`" for home in names[name])
        met = link(first[name], anchor("name", name))
        yield f"| `{name}` | {homes} | {met} | {', '.join(map(link, pages))} |"


def glossary(root):
    """The page of all words, as Markdown: terms with what is said of them, and names."""
    texts = {}
    for path in chapters(root).values():
        cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
        texts[path.stem] = "\n\n".join(cells)
    terms, names = "\n".join(terms_page(texts)), "\n".join(names_page(root))
    return f"""\
---
nosearch: true
---
# Words

```{{glossary}}
{terms}
```

## Names

| Name | Lives in | First used in | Written in |
|---|---|---|---|
{names}
"""


def give_address(box, wrapper, kind, word):
    """Wrap all that is in a box of the page, so that it can be linked to and found."""
    from sphinx.addnodes import index

    address = anchor(kind, word)
    entries = [("single", form, address, "main", None) for form in (word, f"{word}s")]
    inside = wrapper(ids=[address])
    inside += box.children
    box.children = []
    box += [index(entries=entries), inside]


def mark_words(first, app, doctree):
    """Give the terms and names of a page their addresses. first: as of `first_uses`.

    Sphinx calls it when it has read a page (event "doctree-read").
    """
    from docutils.nodes import container, inline, literal_block, strong

    page, words = app.env.docname.removeprefix("notebooks/"), {}
    for bold in doctree.findall(strong):
        before = bold.parent.astext().partition(bold.astext())[0]
        if TERM.fullmatch(bold.astext()) and before.rpartition("\n")[2]:
            words.setdefault(("term", bold.astext()), (bold.parent, inline))
    for code in doctree.findall(literal_block):
        for name in USE.findall(code.astext()):
            if first.get(name) == page and isinstance(code.parent, container):
                words.setdefault(("name", name), (code.parent, container))
    for (kind, word), (box, wrapper) in words.items():
        give_address(box, wrapper, kind, word)


SCORER = """\
var Scorer = {
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
  score: ([page, title, place, about, score, file, kind]) => score / (kind === "text" ? 20 : 1),
};
"""
