"""How the web pages look, and what they can do: a style sheet and a little JavaScript.

Written in notebooks/84_site.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

from micrograd.colours import DATA, GRAD, MUTED
from micrograd.course.pages import both

# --- How it looks ---


TEXT = """\
html[data-theme] {
  --pst-color-primary: DATA; --pst-color-secondary: GRAD; --pst-color-link: DATA;
  --pst-color-link-higher-contrast: DATA; --pst-color-link-hover: GRAD;
  --pst-color-inline-code: var(--pst-color-text-base);
  --pst-font-size-h1: clamp(1.7rem, 1.4rem + 1.2vw, 2.1rem);
  --pst-font-size-h2: 1.6rem; --pst-font-size-h3: 1.25rem;
  --pst-header-height: 3.5rem;
}
html:not([data-theme="dark"]) { color-scheme: light; } /* also without JavaScript */
.shortcuts a { margin-right: 1.25rem; }
.shortcuts a, .begin { text-decoration: none; }
.bd-sidebar-primary { flex: 0 0 16rem; padding: 1.5rem 1rem; }
.bd-sidebar-secondary { flex: 0 0 13rem; width: 13rem; }
.chapters ul { padding: 0; list-style: none; }
.chapters .caption { margin: 1.25rem 0 .25rem; }
.bd-main .bd-content .bd-article-container { max-width: 50rem; }
.bd-article { line-height: 1.65; }
.bd-article code.literal { border: 0; }
.bd-article h2 { margin-top: 3rem; }
.bd-article h2 > a.external { font-size: .65em; font-weight: normal; text-decoration: none; }
.bd-article code.literal, .bd-article .pre { overflow-wrap: anywhere; white-space: normal; }
.prev-next-area { flex-wrap: wrap; }
.prev-next-area a { max-width: 100%; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; }
.actions .hint, .finished small { color: var(--pst-color-text-muted); }
.bd-article button, .actions .begin {
  padding: .25rem .8rem; border: 1px solid var(--pst-color-border); border-radius: 1rem;
  background: var(--pst-color-surface); color: var(--pst-color-text-base);
}
.bd-article button:hover { border-color: DATA; }
.bd-article [aria-pressed="true"] { background: DATA; color: var(--pst-color-background); }
"""

CELLS = """\
.drawing { overflow-x: auto; margin: 1rem 0; }
.drawing svg { width: var(--width); max-width: 100%; height: auto; fill: BLACK; }
.drawing.shades { color-scheme: light; background: white; border-radius: .4em; }
.drawing svg { min-width: calc(.9 * var(--width)); } /* then it scrolls */
.drawing.graph svg { min-width: calc(.75 * var(--width)); }
.drawing.plot svg { min-width: calc(.6 * var(--width)); }
.drawing a { text-decoration: none; }
.drawing a:is(:hover, :focus) rect { stroke-width: 3; }
/* what the style sheets inside of the drawings said */
.drawing.plot svg * { stroke-linejoin: round; stroke-linecap: butt; }
.drawing.page { font-family: Helvetica, Arial, sans-serif; stroke-width: .1; }
.drawing.page .code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; }
/* the theme puts outputs of HTML on white paper; ours have colours for the dark */
.cell_output .text_html { background: none !important; padding: 0 !important; }
div.cell > div.cell_input {
  border: 1px solid var(--pst-color-border); background: var(--pst-color-surface);
}
html .bd-article .highlight pre { font-size: .8125rem; line-height: 1.5; }
html .bd-article .highlight .c1 { color: var(--pst-color-text-muted); }
.cell_input pre { padding: .75rem 1rem; }
.cell_output { margin-top: .5rem; padding: 0; }
html .cell_output .output:not(.text_html) {
  margin-top: .5rem; border: 0; border-left: 3px solid MUTED; border-radius: 0;
  background: none;
}
html .cell_output .output.traceback { border-left-color: GRAD; }
html .cell_output :is(pre, .highlight) { margin: 0; border: 0; background: none; }
html .cell_output pre { padding: 0 1rem; }
.bd-article details { margin: 1rem 0; border-left: 3px solid var(--pst-color-border); }
.bd-article details > * { margin-left: 1rem; }
summary { cursor: pointer; color: var(--pst-color-text-muted); }
"""

STATES = """\
.predict :is(.cell_output, .film, .answer):not(.shown) { display: none; }
.ask { display: none; margin-top: .5rem; }
.predict .ask:not(:has(+ .shown)) { display: block; }
html:not(.predict) .actions .hint { display: none; }
.tick { display: none; fill: DATA; }
.done .tick { display: inline; }
.bd-links a.done::after, td a.done::after {
  color: DATA; content: " ✓"; content: " ✓" / " (finished)"; /* what a screen reader says */
}
@media print {
  details:not([open]), .actions, .finished, .ask, .headerlink { display: none !important; }
  .cell_input pre, .cell_output pre { white-space: pre-wrap; }
  .drawing, .cell_input { break-inside: avoid; }
  .bd-main .bd-content .bd-article-container { max-width: none; }
}
@media (max-width: 600px) {
  #the-chapters :is(table, tbody, tr, td) { display: block; border: 0; }
  #the-chapters thead { position: absolute; clip-path: inset(50%); } /* still read aloud */
  #the-chapters tr { padding: .5rem; }
  #the-chapters td { padding: 0; }
  #the-chapters td:nth-child(n + 3), #the-chapters td:nth-child(n + 3) p { display: inline; }
  #the-chapters td:nth-child(n + 3) p { margin-right: 1.5rem; font-size: .85em; }
  #the-chapters td:last-child p::after { content: " min"; }
}
"""


STYLE = TEXT + CELLS + STATES  # with its colours for light and dark pages
for name, colour in {"DATA": DATA, "GRAD": GRAD, "MUTED": MUTED, "BLACK": "black"}.items():
    STYLE = STYLE.replace(name, both(colour))


# --- What it remembers ---


EARLY = """\
const course = {
  number: (path) => (path.match(/(\\d\\d)_\\w+\\.html$/) || [])[1],
  read() { // {done: ["01", …], predict: ["01", …]}; a browser may refuse to store anything
    const nothing = { done: [], predict: [] };
    try { return { ...nothing, ...JSON.parse(localStorage["micrograd-1"] || "{}") }; }
    catch { return nothing; }
  },
  has(list) { return this.read()[list].includes(this.chapter); },
  set(list, on) {
    const kept = this.read();
    const others = kept[list].filter((number) => number !== this.chapter);
    kept[list] = on ? [...others, this.chapter] : others;
    try { localStorage["micrograd-1"] = JSON.stringify(kept); } catch {}
  },
};
course.chapter = course.number(location.pathname);
{
  const page = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  page.classList.toggle("predict", course.has("predict"));
  if (page.dataset.mode === "auto") page.dataset.theme = dark.matches ? "dark" : "light";
}
"""

ICON = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<circle cx="8" cy="8" r="8" fill="#0B5394"/>
<text x="8" y="12" font-size="11" fill="#fff" text-anchor="middle">∂</text></svg>
"""

SCRIPT = """\
const all = (selector) => [...document.querySelectorAll(selector)];

function button(parts) {
  const ask = document.createElement("button");
  Object.assign(ask, { type: "button", className: "ask", textContent: "Show the output" });
  ask.onclick = () => {
    for (const part of parts) part.classList.add("shown");
    parts[0].tabIndex = -1; // or else the focus would be lost with the button
    parts[0].focus();
  };
  return ask;
}

const hidden = []; // while the reader predicts
let parts; // what the last button shows
for (const part of all("article :is(.cell_output, .film, .answer)")) {
  if (part.closest("details")) parts = null;
  else if (!part.matches(".answer")) part.before(button((parts = [part])));
  else if (parts) parts.push(part);
  parts ? hidden.push(part) : part.classList.add("shown");
}
const predict = document.getElementById("predict");
if (predict) {
  predict.hidden = false;
  predict.ariaPressed = course.has("predict");
  predict.onclick = () => {
    course.set("predict", predict.ariaPressed !== "true");
    predict.ariaPressed = document.documentElement.classList.toggle("predict");
    for (const part of hidden) part.classList.remove("shown");
  };
}
"""

SCRIPT += """
const finished = document.getElementById("finished");
function tick() {
  const { done } = course.read();
  for (const link of all(".bd-links a, .drawing a, #the-chapters td:first-child a")) {
    const path = new URL(link.getAttribute("href"), location).pathname;
    link.classList.toggle("done", done.includes(course.number(path)));
  }
  if (finished) finished.checked = course.has("done");
}
if (finished) {
  finished.closest("p").hidden = false;
  finished.onchange = () => { course.set("done", finished.checked); tick(); };
}
tick();
addEventListener("storage", tick); // from another tab
addEventListener("pageshow", tick); // back from another page
"""

SCRIPT += """
function reach() {
  for (const drawing of all(".drawing")) {
    if (drawing.scrollWidth > drawing.clientWidth) drawing.tabIndex = 0;
    else drawing.removeAttribute("tabindex");
  }
}
addEventListener("load", reach);
addEventListener("resize", reach);
document.addEventListener("toggle", reach, true); // a fold has opened

if (location.protocol === "file:") for (const link of all(".run")) link.hidden = true;

let theme;
addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
addEventListener("afterprint", () => (document.documentElement.dataset.theme = theme));
"""
