"""The playground, a page of the site on which an expression is typed and walked through.

Written in notebooks/81_playground.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import json
from html import escape
from urllib.parse import quote

from micrograd.colours import DATA, GRAD
from micrograd.course.film import as_html
from micrograd.course.pages import both
from micrograd.course.play import film
from micrograd.draw import RECEIVED

# --- A link that carries the text ---


LONGEST = 2000  # characters in a link; some programs cut longer ones


def link(text):
    """The end of the playground's address, with which the page opens with a text."""
    return f"#{len(text)}:{quote(text, safe='')}"


LINKS = """\
const encode = (text) =>
  `#${[...text].length}:${encodeURIComponent(text).replace(/[!'()*]/g, escaped)}`;
const escaped = (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase();

function decode(hash) {
  const [, length, code] = hash.match(/^#(\\d+):(.*)$/);
  const text = decodeURIComponent(code);
  if ([...text].length != length || length > LONGEST) throw new RangeError();
  return text;
}
"""


# --- Python in a worker ---


WORKER = """\
import { startPython } from "../lite/static/python/start.mjs";

const python = await startPython(["micrograd.zip"]);
const { play } = python.pyimport("micrograd.course.play");

// A text from a link is somebody else's program: it finds none of these here.
const TAKEN = ["fetch", "XMLHttpRequest", "WebSocket", "WebTransport", "EventSource", "Worker",
  "indexedDB", "caches", "navigator", "BroadcastChannel"];
for (let place = self; place; place = Object.getPrototypeOf(place)) {
  for (const name of TAKEN) delete place[name];
}
onmessage = ({ data }) => postMessage(play(data));
postMessage("ready");
"""

PICTURE = """\
const SHAPES = ["svg", "g", "polygon", "polyline", "path", "ellipse", "text"];
const LOOKS = ["viewBox", "transform", "points", "d", "cx", "cy", "rx", "ry", "x", "y", "fill",
  "stroke", "stroke-width", "stroke-dasharray", "text-anchor", "font-family", "font-size"];

function clean(part) { // a copy of it with shapes and texts, and nothing else
  if (part.nodeType === Node.TEXT_NODE) return part.data;
  if (!SHAPES.includes(part.localName)) return "";
  const copy = document.createElementNS("http://www.w3.org/2000/svg", part.localName);
  for (const name of LOOKS) {
    const value = part.getAttribute(name);
    if (value !== null) copy.setAttribute(name, COLOURS[value.toLowerCase()] ?? value);
  }
  copy.append(...[...part.childNodes].map(clean));
  return copy;
}

function drawing(source) { // HTML
  const svg = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  const copy = clean(svg);
  copy.setAttribute("role", "img");
  copy.setAttribute("aria-label", svg.querySelector("title").textContent);
  copy.style.setProperty("--width", parseFloat(svg.getAttribute("width")) + "pt");
  return copy.outerHTML;
}
"""


# --- What can be done on the page ---


SHOW = """\
const form = document.querySelector(".playground");
const { text, stop, copy, told } = form.elements;
const box = document.querySelector(".recording");
const slider = box.querySelector("[type=range]"), nodes = box.querySelector("fieldset");

function show({ pictures: [row], said: [sentences], controls: [{ texts }], terms }) {
  const labels = [...nodes.querySelectorAll("label")], names = ["none", ...Object.keys(terms)];
  const same = String(names) === String(labels.map((label) => label.textContent.trim()));
  if (!same) slider.value = 0;
  const chosen = same ? labels.findIndex((label) => label.control.checked) : 0;
  nodes.replaceChildren(nodes.firstElementChild, ...names.map((name, n) => {
    const label = document.createElement("label"), input = document.createElement("input");
    const value = n ? terms[name] : "", checked = n === chosen;
    Object.assign(input, { type: "radio", name: box.id, value, checked });
    label.append(input, name);
    return label;
  }));
  const frames = row.map((source, n) => [[[0, 0, drawing(source)]], sentences[n]]);
  box.data = { first: [], frames: [frames], texts: [texts] };
  slider.max = row.length - 1;
  box.oninput();
  dispatchEvent(new Event("resize")); // does the picture scroll now?
}
"""

FOLLOW = """\
box.addEventListener("input", () => {
  const picture = box.querySelector(".drawing"), whole = picture.getBoundingClientRect();
  const mark = picture.querySelector('[stroke-width="2.5"]')?.getBoundingClientRect();
  if (mark) picture.scrollLeft += mark.x - whole.x + (mark.width - whole.width) / 2;
});
"""

ASK = """\
let worker, ready, limit;

function end(line) { // of the worker, and why
  worker?.terminate();
  worker = ready = undefined;
  rest(line);
}

function rest(line) {
  clearTimeout(limit);
  if (document.activeElement === stop) text.focus(); // or else the focus would be lost
  stop.hidden = true;
  told.value = line;
}

function ask() { // what is there to see of the text?
  told.value = "Python is at work.";
  limit = setTimeout(end, 20_000, "Stopped after 20 seconds. Does a loop in it never end?");
  worker.postMessage(text.value);
}

function start() {
  worker = new Worker("_static/playground-worker.js", { type: "module" });
  worker.onerror = () =>
    end(ready ? "Python broke down at this text." : "Python can't be loaded. Try again later.");
  worker.onmessage = ({ data }) => {
    if (!ready) return (ready = true), ask();
    const answer = JSON.parse(data);
    rest(answer.problem ?? "");
    if (!answer.problem) show(answer);
  };
}
"""

CLICKS = """\
form.onsubmit = (event) => {
  event.preventDefault();
  if (location.protocol === "file:") {
    told.value = "Python needs a server: type make site ARGS=--serve in the course's folder.";
  } else if (stop.hidden) { // or else it is at work already
    stop.hidden = false;
    told.value = "Python is loading, 9 megabytes. Your browser keeps them.";
    ready ? ask() : start();
  }
};
text.onkeydown = ({ key, ctrlKey, metaKey }) => {
  if (key === "Enter" && (ctrlKey || metaKey)) form.requestSubmit();
};
stop.onclick = () => end("Stopped.");
copy.onclick = async () => {
  if ([...text.value].length > LONGEST) {
    return (told.value = `Too long for a link, which holds ${LONGEST} characters.`);
  }
  history.replaceState(null, "", encode(text.value));
  try { await navigator.clipboard.writeText(location.href); told.value = "Copied."; }
  catch { told.value = "The link is the address of this page now. Copy it there."; }
};

function read() { // the text of a link, if there is one
  if (!/^#\\d+:/.test(location.hash)) return;
  try { text.value = decode(location.hash); told.value = "Read it first, then draw it."; }
  catch { told.value = "This link is broken or too long. Ask for it again."; }
  if (FILMS[text.value]) show(FILMS[text.value]);
}
text.oninput = () => history.replaceState(null, "", location.href.split("#")[0]);
addEventListener("hashchange", read);
read();
"""


# --- The page ---


EXAMPLES = {
    "the expression of the lecture": """\
a = 2; b = -3; c = 10; f = -2
e = a * b
d = e + c
L = d * f""",
    "a neuron": """\
x1 = 2; x2 = 0
w1 = -3; w2 = 1; b = 6.8813735870195432
n = x1 * w1 + x2 * w2 + b
o = n.tanh()""",
    "a number that is used twice": "a = -2; b = 3\nd = a * b\ne = a + b\nf = d * e",
    "the README's program": """\
a = -4; b = 2
c = a + b
d = a * b + b**3
c += c + 1
c += 1 + c + (-a)
d += d * 2 + (b + a).relu()
d += 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2
g += 10 / f""",
}

FORM = """\
<form class="playground" autocomplete="off">
<label for="expression">An expression, in Python</label>
<textarea id="expression" name="text" rows="6" spellcheck="false" autocapitalize="none">
{text}</textarea>
<div class="buttons"><button>Draw it</button>
<button type="button" name="stop" hidden>Stop</button>
<button type="button" name="copy">Copy a link to it</button></div>
<output name="told"></output>
</form>
<style>
.playground {{ display: grid; gap: .5rem; }}
.playground textarea {{
  font-family: var(--pst-font-family-monospace); width: 100%; field-sizing: content;
  min-height: 6lh;
}}
.playground .buttons {{ display: flex; flex-wrap: wrap; gap: .5rem; }}
.playground output {{ min-height: 1.7em; }}
</style>"""

PAGE = """\
# Playground

Type an expression and see its graph. Then step through it, forward to the result and backward
to the gradients. Choose a node to read how its gradient comes about. All of it runs in your
browser, with the package that the [chapters](index.md) build.

```{{raw}} html
<p>Examples: {examples}</p>
{form}
{film}
<script defer src="_static/playground.js"></script>
```

"Draw it" loads Python the first time, about 9 megabytes. After that, a drawing takes a moment.
With Ctrl+Enter you draw without the mouse.

Each number that a line assigns becomes a [Value](notebooks/02_value.ipynb), and what is
assigned last is the result. You can use `+ - * / **` and the methods `tanh`, `relu`, `exp` and
`log`. Loops, functions and `from micrograd.nn import MLP` work, too, but NumPy isn't there. A
graph of more than 60 nodes isn't drawn. If this isn't enough for you,
[run the chapters](notebooks/80_elsewhere.ipynb).
"""


def page():
    """The playground as Markdown, with the film of its first example."""
    name, text = next(iter(EXAMPLES.items()))
    links = [f'<a href="{link(text)}">{name}</a>' for name, text in EXAMPLES.items()]
    return PAGE.format(
        form=FORM.format(text=escape(text)),
        film=as_html(film(text), "play", "The expression, step by step", note=""),
        examples=" · ".join(links),
    )


def script():
    """What the page does, as JavaScript."""
    colours = ["white", "black", DATA.lower(), GRAD.lower(), RECEIVED["fillcolor"].lower()]
    known = [*EXAMPLES.values()][:-1]  # the last film is a large one
    constants = {
        "LONGEST": LONGEST,
        "COLOURS": {colour: both(colour) for colour in colours},
        "FILMS": {text: film(text) for text in known},
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    parts = [*lines, LINKS, PICTURE, SHOW, FOLLOW, ASK, CLICKS]
    return '"use strict";\n{\n' + "\n".join(parts) + "}\n"


def playground():
    """The sources of the playground for Sphinx, {path: text}."""
    return {
        "playground.md": page(),
        "_static/playground.js": script(),
        "_static/playground-worker.js": WORKER,
    }
