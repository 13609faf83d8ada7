"""The course as web pages, out of the stored notebooks (`make site`).

    python -m micrograd.course.site            build/site/
    python -m micrograd.course.site --serve    and show it: http://localhost:8000
    python -m micrograd.course.site --pages    without what runs in the browser

It needs the extra `site`: pip install -e ".[course,site]"

Written in notebooks/84_site.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from io import StringIO

from micrograd.course.browser import run_link
from micrograd.course.cells import ExportError, chapters, command, find_root
from micrograd.course.film import LOOK, PLAYER, film_place, insert_films, make_films
from micrograd.course.links import check_links
from micrograd.course.looks import EARLY, ICON, SCRIPT, STYLE
from micrograd.course.notebooks import as_text, read
from micrograd.course.offline import run
from micrograd.course.pages import as_page, inline, with_graphs, with_links, with_pictures
from micrograd.course.playground import playground
from micrograd.course.terms import SCORER, glossary, mark_words

PARTS = {
    "One number": ("00", "04"),
    "An engine": ("05", "09"),
    "A network": ("10", "13"),
    "Beyond": ("14", "18"),
    "Appendices": ("80", "99"),
}

BEGIN = """<p class="actions">
<a class="begin" href="notebooks/{first}.html">Begin with chapter 00</a>
<a href="#the-chapters">All chapters, and where each is in the lecture</a></p>"""


def pictures(root, books, folder=""):
    """The course's pictures, {name: SVG}; `folder` leads from a page to the chapters' pages."""
    texts = {p.name: p.read_text(encoding="utf-8") for p in (root / "images").glob("*.svg")}
    addresses = {number: f"{folder}{path.stem}.html" for number, path in books.items()}
    return {**texts, "map.svg": with_links(texts["map.svg"], addresses)}


def home(root, books, runs):
    """The first page, the README, with the list of all others.

    runs: whether the course runs in the browser, too.
    """
    title, lead, rest = (root / "README.md").read_text(encoding="utf-8").split("\n\n", 2)
    begin = BEGIN.format(first=books["00"].stem)
    text = "\n\n".join([title, lead, begin, rest]).replace("images/derivatives.svg", "sheet.md")
    text = with_graphs(with_pictures(text, pictures(root, books, "notebooks/")))
    lists = {
        part: [f"notebooks/{book.stem}" for n, book in books.items() if first <= n <= last]
        for part, (first, last) in PARTS.items()
    }
    lists |= {"To try": ["playground"]} if runs else {}
    lists |= {"To look up": ["sheet", "glossary"]}
    for part, names in lists.items():
        entries = "\n".join(names)
        text += f"\n```{{toctree}}\n:hidden:\n:caption: {part}\n\n{entries}\n```\n"
    return text


SHEET = """\
# Backpropagation on one page

<p class="actions">
<a href="images/derivatives.svg">The page alone, to print on A4 or letter</a></p>

{picture}
"""


def write_sources(root, folder, runs=True):
    """Write what Sphinx reads. runs: whether the course runs in the browser, too."""
    books = chapters(root)
    for name in ("_static", "_templates", "notebooks", "extra/files"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(root / "images", folder / "extra" / "images")
    shutil.copy(root / "LICENSE", folder)
    shutil.copy(root / "notebooks" / "workshop.toml", folder / "notebooks")
    images = pictures(root, books)
    texts = {
        "index.md": home(root, books, runs),
        "glossary.md": glossary(root),
        "sheet.md": SHEET.format(picture=inline(images["derivatives.svg"], "sheet")),
        "_static/course.css": STYLE + LOOK,
        "_static/course.js": SCRIPT + PLAYER,
        "_static/icon.svg": ICON,
        "_templates/chapters.html": SIDEBAR,
        "_templates/find.html": FIND,
        "_templates/shortcuts.html": SHORTCUTS,
        **(playground() if runs else {}),
    }
    for path in books.values():
        shutil.copy(path, folder / "extra" / "files")
        link = run_link(path.name) if runs else None
        page = as_page(read(path), path.stem, images, film_place(path), link)
        texts[f"notebooks/{path.name}"] = as_text(page)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


SIDEBAR = """\
<nav class="bd-links chapters" aria-label="Chapters"><div class="bd-toc-item navbar-nav">
{{ toctree(maxdepth=1, collapse=False, includehidden=True, titles_only=True) }}
</div></nav>
"""

FIND = """\
<button type="button" aria-label="Search the course"
 class="btn search-button-field search-button__button pst-js-only">
<i class="fa-solid fa-magnifying-glass"></i>
<span class="search-button__default-text">Search the course</span></button>
"""

SHORTCUTS = """\
<nav class="shortcuts" aria-label="Shortcuts">
{% if hasdoc('playground') %}<a href="{{ pathto('playground') }}">Playground</a>{% endif %}
<a href="{{ pathto('sheet') }}">Sheet</a> <a href="{{ pathto('glossary') }}">Words</a></nav>
"""

THEME = {
    "navbar_start": ["navbar-logo"],
    "navbar_center": ["shortcuts"],
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["find"],
    "search_bar_text": "Search the course",
    "article_header_start": [],
    "primary_sidebar_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 1,
    "footer_start": [],
    "footer_center": [],
    "footer_end": [],
    "back_to_top_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "github-dark",
    "logo": {"text": "micrograd"},
}

SETTINGS = {
    "project": "micrograd, chapter by chapter",
    "html_title": "micrograd, chapter by chapter",
    "extensions": ["myst_nb"],
    "nb_execution_mode": "off",  # the stored outputs are the tested ones
    "nb_merge_streams": True,
    "myst_heading_anchors": 3,
    "myst_enable_extensions": [],  # no formulas in $: they would load MathJax from elsewhere
    "suppress_warnings": ["myst.header"],
    "html_theme": "pydata_sphinx_theme",
    "html_static_path": ["_static"],
    "html_extra_path": ["extra"],  # as it is: the notebooks, to download, and the pictures
    "exclude_patterns": ["extra"],
    "html_favicon": "_static/icon.svg",
    "templates_path": ["_templates"],
    "html_css_files": ["course.css"],
    "html_js_files": [(None, {"body": EARLY}), ("course.js", {"defer": "defer"})],
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_permalinks_icon": "#",
    "html_domain_indices": False,
    "html_use_index": False,
    "html_context": {"default_mode": "auto"},  # light or dark, as the reader's system is
    "html_sidebars": {"**": ["chapters.html"]},
    "html_theme_options": THEME,
}


def keep_numbers_out(app, doctree):
    """Keep what stands in drawings and on buttons out of the search index."""
    from docutils import nodes

    for raw in [*doctree.findall(nodes.raw)]:
        if re.search('class="(drawing|actions|finished)', raw.astext()):
            box = nodes.container(classes=["no-search"])
            raw.replace_self(box)
            box += raw


def run_sphinx(sources, out, trees):
    """Let Sphinx build the pages. Raises ExportError with what it warns of."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    warnings = StringIO()
    (sources / "scorer.js").write_text(SCORER, encoding="utf-8")
    settings = SETTINGS | {"html_search_scorer": str(sources / "scorer.js")}
    with patch_docutils(), docutils_namespace():
        places = [*map(str, (sources, out, trees))]
        app = Sphinx(
            places[0], None, *places[1:], "html", settings, status=None, warning=warnings
        )
        app.connect("doctree-read", keep_numbers_out)
        app.connect("doctree-read", mark_words)
        app.build()
    if said := warnings.getvalue().strip():
        raise ExportError(f"Sphinx warns: {said}")


NEEDS = 'the site needs more packages: pip install -e ".[course,site]"'


def build(root, runs=True):
    """Build the site, whole or not at all; return its folder.

    runs: whether the course runs in the browser, too; npm and pip fetch what that needs.
    Raises ExportError if packages are missing, or if a link leads nowhere.
    """
    if not all(map(find_spec, ("sphinx", "myst_nb", "pydata_sphinx_theme"))):
        raise ExportError(NEEDS)
    draft, site = root / "build" / "site.new", root / "build" / "site"
    shutil.rmtree(draft, ignore_errors=True)
    lite = ["micrograd.course.browser", "--to", str(draft / "lite")]
    with ThreadPoolExecutor() as pool:  # JupyterLite, the chapters' kernels and Sphinx at once
        browser = pool.submit(run, lite) if runs else None
        films = pool.submit(make_films, root)
        write_sources(root, draft / "sources", runs)
        run_sphinx(draft / "sources", draft / "pages", draft / "trees")
    insert_films(films.result(), draft / "pages" / "notebooks")
    (draft / "pages" / "_static" / "webpack-macros.html").unlink()  # a template, and no page
    if runs:
        browser.result()
        (draft / "lite").replace(draft / "pages" / "lite")
    links, elsewhere = check_links(draft / "pages")
    print(f"{links:,} links, {elsewhere} of them to other hosts")
    shutil.rmtree(site, ignore_errors=True)
    (draft / "pages").replace(site)
    shutil.rmtree(draft)
    return site


def serve(site, port):
    """Show the site to this machine alone, until Ctrl-C."""
    handler = partial(SimpleHTTPRequestHandler, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://localhost:{port}, until Ctrl-C")
        server.serve_forever()


@command
def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.site")
    parser.add_argument("--serve", action="store_true", help="show it, too")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--pages", action="store_true", help="pages alone; needs no npm")
    options = parser.parse_args(arguments)
    site = build(find_root(), runs=not options.pages)
    print(f"build/site/: {len([*site.rglob('*.html')])} pages")
    if options.serve:
        serve(site, options.port)


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
