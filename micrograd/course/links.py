"""Check the links of a folder of web pages, on the disk and without a network.

Written in notebooks/82_words.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from micrograd.course.cells import ExportError


class Page(HTMLParser):
    """The ids of a page, the addresses that it links to, and those that it loads."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = set(), set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            value = value or ""
            if name == "id":
                self.ids.add(value)
            elif name in ("href", "xlink:href", "src"):
                (self.links if tag == "a" else self.loads).add(value)
            elif name == "style":
                self.loads.update(in_style(value))


def in_style(text):
    """The addresses that a style sheet loads."""
    return {match.strip("'\" ") for match in re.findall(r"url\(([^)]*)\)", text)}


def fault(folder, path, address, pages):
    """What is wrong with an address in the file at path, or "". pages: {path: its Page}."""
    url = urlsplit(address)
    if url.netloc:
        page = pages.get(path)
        return "" if page and address not in page.loads else "would be loaded from elsewhere"
    if url.scheme:  # data:, mailto:
        return ""
    target = (path.parent / unquote(url.path)).resolve() if url.path else path
    target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(folder) or not target.exists():
        return "no such file"
    if re.match(r"\d+:", url.fragment):  # a text that the playground opens with
        return ""
    ids = pages[target].ids if target in pages else {url.fragment}
    return "" if unquote(url.fragment) in {"", *ids} else "no such place on that page"


def check_links(folder):
    """Count the addresses in a folder's pages and style sheets: (all, those of other hosts).

    Raises ExportError, with a line for each that leads nowhere or is loaded from another
    host. The pages in lite/ are JupyterLite's own, and only have to be there.
    """
    folder, faults = folder.resolve(), []
    files = [f for f in sorted(folder.rglob("*")) if f.relative_to(folder).parts[0] != "lite"]
    pages = {f: Page(f.read_text(encoding="utf-8")) for f in files if f.suffix == ".html"}
    found = {f: page.links | page.loads for f, page in pages.items()}
    found |= {f: in_style(f.read_text(encoding="utf-8")) for f in files if f.suffix == ".css"}
    for path, addresses in found.items():
        for address in sorted(addresses):
            if wrong := fault(folder, path, address, pages):
                faults.append(f"{path.relative_to(folder).as_posix()}: {address}: {wrong}")
    if faults:
        raise ExportError("\n".join(faults))
    hosts = [urlsplit(address).netloc for addresses in found.values() for address in addresses]
    return len(hosts), len(hosts) - hosts.count("")
