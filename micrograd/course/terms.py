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

from micrograd.course.cells import chapters, read_cells
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
    public = (FunctionDef, ClassDef)
    for node in parse(source).body:
        if isinstance(node, public):
            yield node.name, ""
        for inner in node.body if isinstance(node, ClassDef) else []:
            if isinstance(inner, public) and not inner.name.startswith("_"):
                yield inner.name, node.name


def anchor(kind, word):
    """The id of a word's place on its page. kind: "term" or "name"."""
    return f"{kind}-" + re.sub(r"[^\w]+", "-", word.lower())


def link(page, at, text):
    """A link to a chapter's page. at: an id there, or ""."""
    return f'<a href="notebooks/{page}.html{"#" * bool(at)}{at}">{text}</a>'


def seen_again(term, after, texts):
    """Links to the first chapters that use a term again, after a page. texts: {page: text}."""
    word = re.compile(rf"\b{re.sub('(?<!s)s$', '', re.escape(term))}s?\b", re.IGNORECASE)
    pages = [page for page in texts if page > after and word.search(texts[page])]
    return ", ".join(link(page, "", page[:2]) for page in pages[:4])


def collect(root):
    """The terms of the course, {term: [(page, quote), ...]}, and its text, {page: text}."""
    terms, texts = defaultdict(list), {}
    for path in chapters(root).values():
        cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
        texts[path.stem] = "\n\n".join(cells)
        for term, paragraph in bold_terms(texts[path.stem]):
            known = next((t for t in terms if t.lower() == term.lower()), term)
            terms[known].append((path.stem, quote(paragraph, term)))
    return terms, texts


def names_table(root):
    """The rows of a table of the package's names: where each one lives, and is written."""
    homes, pages = defaultdict(dict), defaultdict(dict)
    for cell in read_cells(root):
        if not cell.module.startswith("course/"):
            for name, owner in names_in(cell.source):
                homes[name][f"`{'.'.join(filter(None, (cell.module, owner)))}`"] = True
                page = cell.notebook.removesuffix(".ipynb")
                pages[name][link(page, anchor("name", name), page[:2])] = True
    for name in sorted(homes, key=str.lower):
        yield f"| `{name}` | {', '.join(homes[name])} | {', '.join(pages[name])} |"


def glossary(root):
    """The page of all words, as Markdown: the terms with what is said of them, the names."""
    terms, texts = collect(root)
    texts = {page: text for page, text in texts.items() if page < "80"}
    page = ["---\nnosearch: true\n---\n# Words\n\n```{glossary}"]
    for term in sorted(terms, key=str.lower):
        page.append(term)
        for chapter, said in terms[term]:
            place = link(chapter, anchor("term", term), chapter[:2])
            page.append(f"  {said} ({place})\n")
        if again := seen_again(term, terms[term][-1][0], texts):
            page[-1] += f"\n  Again in {again}.\n"
    page.append("```\n\n## Names\n\n| Name | In | Written in |\n|---|---|---|")
    return "\n".join([*page, *names_table(root)]) + "\n"


def give_address(box, wrapper, kind, word):
    """Wrap all that is in a box of the page, so that it can be linked to and found."""
    from sphinx.addnodes import index

    address = anchor(kind, word)
    inside = wrapper("", *box.children, ids=[address])
    box.children = []
    box += [index(entries=[("single", word, address, "main", None)]), inside]


def mark_words(app, doctree):
    """Give each term and each name on a page its address; Sphinx calls this (doctree-read)."""
    from docutils.nodes import container, inline, literal_block, strong

    words = {}
    for bold in doctree.findall(strong):
        before = bold.parent.astext().partition(bold.astext())[0]
        if TERM.fullmatch(bold.astext()) and before.strip():
            words.setdefault(("term", bold.astext()), (bold.parent, inline))
    for code in doctree.findall(literal_block):
        mark = re.match(r"#\| export (\w+)\n", code.astext())
        in_cell = isinstance(code.parent, container)  # and not in the middle of a text
        for name, _ in names_in(code.astext()) if mark and in_cell else []:
            words.setdefault(("name", name), (code.parent, container))
    for (kind, word), (box, wrapper) in words.items():
        give_address(box, wrapper, kind, word)
