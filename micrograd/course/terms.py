"""The glossary of the web pages, and what their search finds first, out of the notebooks.

A term is explained where it is bold, and a name of the package where it is written.

Written in notebooks/82_words.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import ast
import re
from collections import defaultdict
from itertools import pairwise

from markdown_it import MarkdownIt

from micrograd.course.cells import chapters, read_cells
from micrograd.course.notebooks import read

# --- The words ---


TERM = re.compile(r"[A-Za-z][\w-]*( [\w-]+){0,2}")


def bold_terms(text):
    """The terms in a Markdown text, each with the paragraph in which it is bold."""
    for block in MarkdownIt().enable("table").parse(text):
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
    elif points_back or len(said.split()) <= SHORT or said.endswith("?"):
        said = said if after.endswith("?") else f"{said} {after}"
    said = said.replace("**", "").strip()
    if said.count("(") > said.count(")"):
        said = said.removeprefix("(")
    return said.removesuffix(")") if said.count(")") > said.count("(") else said


def names_in(source):
    """The names that a cell of the package writes, as pairs (name, its class or "")."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    for node in ast.parse(source).body:
        if isinstance(node, kinds) and f"class {node.name}({node.name})" not in source:
            yield node.name, ""
        for inner in node.body if isinstance(node, ast.ClassDef) else []:
            if isinstance(inner, kinds) and not inner.name.startswith("_"):
                yield inner.name, node.name


def anchor(kind, word):
    """The id of a word's place on its page. kind: "term" or "name"."""
    return f"{kind}-" + re.sub(r"\W+", "-", word)


def link(page, at=""):
    """A link to a chapter's page, by its number. at: an id there."""
    return f'<a href="notebooks/{page}.html{at and "#" + at}">{page[:2]}</a>'


def seen_again(term, texts):
    """Links to the first chapters that use a term. texts: {page: text}, of those to look at."""
    word = re.compile(rf"\b{re.sub('(?<!s)s$', '', term)}s?\b", re.IGNORECASE)
    return ", ".join([link(page) for page in texts if word.search(texts[page])][:4])


def term_entries(texts):
    """The terms with what is said of them, as lines of Markdown. texts: {page: text}."""
    terms = {}
    for page, text in texts.items():
        for term, paragraph in bold_terms(text):
            _, said = terms.setdefault(term.lower(), (term, {}))
            said.setdefault(page, quote(paragraph, term))
    for _, (term, said) in sorted(terms.items()):
        yield term
        later = {page: text for page, text in texts.items() if max(said) < page < "80"}
        for page, text in said.items():
            places = link(page, anchor("term", term))
            if page == max(said) and (again := seen_again(term, later)):
                places += f", again in {again}"
            yield f"  {text} ({places})\n"


def name_rows(cells, codes):
    """The rows of a table of the package's names. cells: marked ones; codes: {page: code}."""
    homes, pages = defaultdict(dict), defaultdict(dict)
    for cell in cells:
        for name, owner in [] if "/" in cell.module else names_in(cell.source):
            page = cell.notebook.removesuffix(".ipynb")
            homes[name][f"`{cell.module}.{owner}`" if owner else f"`{cell.module}`"] = True
            pages[name][page] = link(page, anchor("name", name))
    code = "\n".join(codes[page] for page in codes if page < "80")
    imports = re.findall(r"from micrograd\S* import \(?([\w\s,]+)", code)
    imported = set(re.findall(r"\w+", " ".join(imports)))
    for name in sorted(homes, key=lambda name: (name.lower(), name)):
        if name in imported or min(pages[name]) < "80":
            links = ", ".join(pages[name].values())
            yield f"| `{name}` | {', '.join(homes[name])} | {links} |"


PAGE = """\
---
nosearch: true
---
# Words and names

What a word means is quoted from the chapter that explains it, and the number leads there.

```{{glossary}}
{terms}
```

## Names

The functions, classes and methods of the package that a chapter writes or imports.

| Name | Lives in | Written in |
|---|---|---|
{names}
"""


def glossary(root):
    """The page of all words, as Markdown: terms with what is said of them, and names."""
    texts, codes = {}, {}
    for path in chapters(root).values():
        for kind, sources in (("markdown", texts), ("code", codes)):
            cells = [cell.source for cell in read(path).cells if cell.cell_type == kind]
            sources[path.stem] = "\n\n".join(cells)
    terms = "\n".join(term_entries(texts))
    names = "\n".join(name_rows(read_cells(root), codes))
    return PAGE.format(terms=terms, names=names)


# --- The search ---


OURS = re.compile(r"#\| export \w+\n")  # and not course/…


def give_address(block, kind, word, main):
    """Put a block of a page into a box with a word's address, so that the search finds it."""
    from docutils.nodes import container
    from sphinx.addnodes import index

    address, parent = anchor(kind, word), block.parent
    entries = [("single", form, address, main, None) for form in (word, f"{word}s")]
    box, place = container(ids=[address]), parent.index(block)
    box += [index(entries=entries), block]
    parent[place] = box


def mark_words(app, doctree):
    """Give the terms and names of a page their addresses; Sphinx calls it (doctree-read)."""
    from docutils.nodes import Text, literal_block, paragraph, strong

    words = {}
    for block in doctree.findall(paragraph):
        line = ""
        for node in block.findall(lambda node: isinstance(node, (strong, Text))):
            text = node.astext()
            if isinstance(node, strong) and line and TERM.fullmatch(text):
                words.setdefault(("term", text), (block, "main"))
            line = (line + text * isinstance(node, Text)).rpartition("\n")[2]
    for code in doctree.findall(literal_block):
        box, text = code.parent, code.astext()
        ours = box.get("nb_element") == "cell_code_source" and OURS.match(text)
        for name, owner in names_in(text) if ours else []:
            words.setdefault(("name", name), (box.parent, "" if owner else "main"))
    for (kind, word), (block, main) in words.items():
        give_address(block, kind, word, main)


SCORER = """\
var Scorer = {
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
  score: ([page, title, place, about, score, file, kind]) =>
    score / (kind === "text" ? 20 : 1) / (/[89]\\d_/.test(page) ? 10 : 1),
};
"""
