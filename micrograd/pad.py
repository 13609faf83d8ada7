"""A pad for drawing a digit, beside what a model reads in it: a widget for notebooks.

Written in notebooks/90_drawing.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import anywidget
import numpy as np
import traitlets

from micrograd.colours import DATA, MUTED

HEIGHT, WIDTH, INK = 24, 22, 0.2  # of a drawing in its 32 × 32 pixels, and its share of them


def fitted(strokes):
    """The strokes as arrays, moved to the middle of 32 × 32 pixels, as large as may be."""
    strokes = [np.array(stroke, dtype=float) for stroke in strokes if len(stroke)]
    low, high = (f([f(s, axis=0) for s in strokes], axis=0) for f in (np.min, np.max))
    scale = min(np.array([WIDTH, HEIGHT]) / np.maximum(high - low, 1e-3))
    return [(stroke - (low + high) / 2) * scale + 16 for stroke in strokes]


def distances(strokes):
    """How far each of 32 × 32 pixels is from the nearest stroke."""
    starts = np.concatenate([np.vstack([s[:1], s[:-1]]) for s in strokes])
    ways = np.concatenate(strokes) - starts  # the first way of each stroke has length 0
    across, down = np.meshgrid(np.arange(32) + 0.5, np.arange(32) + 0.5)
    nearest = np.full((32, 32), np.inf)
    for (x, y), (dx, dy) in zip(starts, ways, strict=True):
        part = ((across - x) * dx + (down - y) * dy) / max(dx * dx + dy * dy, 1e-9)
        part = part.clip(0, 1)
        nearest = np.minimum(nearest, np.hypot(across - x - part * dx, down - y - part * dy))
    return nearest


def eight_by_eight(strokes):
    """A drawing as 64 numbers from 0 to 1, like a digit of scikit-learn's load_digits.

    strokes: lists of points (x, y), y downwards; where and how large they are doesn't matter.
    """
    if not any(len(stroke) for stroke in strokes):
        return np.zeros(64)
    order = np.argsort(distances(fitted(strokes)), axis=None, kind="stable")
    pixels = np.zeros(32 * 32)
    pixels[order[: int(INK * pixels.size)]] = 1
    return pixels.reshape(8, 4, 8, 4).mean(axis=(1, 3)).ravel()


ROW = """<div class="row"><span>DIGIT</span>
<div class="track"><div class="bar"></div></div><span class="number">–</span></div>"""

FORM = f"""<div class="digit-pad" data-lm-suppress-shortcuts="true">
<canvas class="pad" width="256" height="256" tabindex="0" role="application"
  aria-label="Pad: draw a digit. With keys: arrows move over 8 by 8 cells, Space puts the pen
  down and lifts it, Delete clears."></canvas>
<div class="side"><canvas class="small" width="8" height="8" role="img"
  aria-label="the drawing as 8 by 8 grey values"></canvas>
<button type="button">Clear</button></div>
<div class="bars">{"".join(ROW.replace("DIGIT", str(digit)) for digit in range(10))}</div>
<div class="said" role="status"></div></div>"""

STYLE = """
.digit-pad { display: flex; flex-wrap: wrap; gap: 12px; max-width: 620px; padding: 6px;
  color: var(--jp-ui-font-color1, inherit); font: 13px var(--jp-ui-font-family, sans-serif); }
.digit-pad canvas { background: white; border: 1px solid MUTED; box-sizing: border-box; }
.digit-pad .pad { width: min(200px, 100% - 92px); aspect-ratio: 1; touch-action: none; }
.digit-pad .small { width: 80px; height: 80px; image-rendering: pixelated; }
.digit-pad .side { display: flex; flex-direction: column; gap: 12px; }
.digit-pad button { padding: 6px; font: inherit; }
.digit-pad .bars { flex: 1 1 180px; min-width: 150px; }
.digit-pad .row { display: flex; align-items: center; gap: 8px; height: 20px; }
.digit-pad .number { width: 2.5em; text-align: right; }
.digit-pad .track { flex: 1; height: 13px; background: white; border: 1px solid MUTED; }
.digit-pad .bar { height: 100%; background: DATA; width: 0; }
.digit-pad .best { font-weight: bold; }
.digit-pad .said { flex-basis: 100%; min-height: 1.4em; }
"""

DRAW = """
function draw(pad, strokes, cell) {
  const pen = Object.assign(pad.getContext("2d"), { lineCap: "round", lineJoin: "round" });
  pen.clearRect(0, 0, 256, 256);
  [pen.strokeStyle, pen.lineWidth] = ["DATA", 18];
  for (const stroke of strokes) {
    pen.beginPath();
    for (const [x, y] of [stroke[0], ...stroke]) pen.lineTo(256 * x, 256 * y);
    pen.lineTo(256 * stroke.at(-1)[0] + 0.01, 256 * stroke.at(-1)[1]); // a dot has a length
    pen.stroke();
  }
  [pen.strokeStyle, pen.lineWidth] = ["MUTED", 2];
  if (cell) pen.strokeRect(32 * cell[0] + 3, 32 * cell[1] + 3, 26, 26);
}
"""

LISTEN = """
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const clip = (z, most) => Math.min(most, Math.max(0, z));

function listen(model, pad, clear) {
  let [strokes, down, cell, timer] = [[], false, null, 0];
  const copy = (list) => list.map((stroke) => [...stroke]);
  const send = () => { timer = 0; model.set("ink", copy(strokes)); model.save_changes(); };
  const update = () => { draw(pad, strokes, cell); timer ||= setTimeout(send, 80); };
  const wipe = () => { [strokes, down] = [[], false]; update(); };
  const read = () => {
    if (!down && !timer) strokes = copy(model.get("ink")).filter((stroke) => stroke.length);
    draw(pad, strokes, cell);
  };
  const place = (event) => {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height]
      .map((z) => Math.round(1000 * clip(z, 1)) / 1000);
  };
  pad.onpointerdown = (event) => {
    if (!event.isPrimary || event.button) return;
    pad.setPointerCapture(event.pointerId);
    [down, cell] = [true, null];
    strokes.push([place(event)]); update();
  };
  pad.onpointermove = (event) => {
    if (!down || cell || !event.isPrimary) return;
    strokes.at(-1).push(place(event));
    update();
  };
  pad.onpointerup = pad.onpointercancel = () => { down = false; };
"""

KEYBOARD = """
  pad.onkeydown = (event) => {
    const way = KEYS[event.key];
    if (["Delete", "Backspace"].includes(event.key)) return wipe();
    if (!way && event.key !== " ") return;
    event.preventDefault();
    cell = cell ? cell.map((z, k) => clip(z + (way?.[k] ?? 0), 7)) : [3, 3];
    if (!way) down = !down;
    const point = cell.map((z) => (z + 0.5) / 8);
    if (down) way ? strokes.at(-1).push(point) : strokes.push([point]);
    pad.ariaDescription = `row ${cell[1] + 1}, column ${cell[0] + 1}, ${down ? "down" : "up"}`;
    update();
  };
  pad.onblur = () => { if (cell) { [cell, down] = [null, false]; draw(pad, strokes); } };
  clear.onclick = wipe;
  model.on("change:ink", read);
  read();
}
"""

SHOW = """
function render({ model, el }) {
  el.innerHTML = model.get("form");
  const [pad, small] = el.querySelectorAll("canvas");
  const show = () => {
    const [grey, chances] = [model.get("picture"), model.get("probabilities")];
    const pen = small.getContext("2d");
    pen.clearRect(0, 0, 8, 8);
    grey.forEach((z, k) => { pen.globalAlpha = z; pen.fillRect(k % 8, k >> 3, 1, 1); });
    el.querySelectorAll(".row").forEach((row, k) => {
      row.querySelector(".bar").style.width = `${100 * (chances[k] ?? 0)}%`;
      row.querySelector(".number").textContent = chances[k]?.toFixed(2) ?? "–";
      row.classList.toggle("best", chances[k] === Math.max(...chances));
    });
    el.querySelector(".said").textContent = model.get("said");
  };
  for (const name of ["picture", "probabilities", "said"]) model.on(`change:${name}`, show);
  show();
  listen(model, pad, el.querySelector("button"));
}
export default { render };
"""


def coloured(text):
    """A text of the page with the colours of the course."""
    return text.replace("DATA", DATA).replace("MUTED", MUTED)


class Pad(anywidget.AnyWidget):
    """A pad to draw a digit on, with the probabilities that a model gives the ten digits.

    predict: a function of 64 numbers from 0 to 1 (8 rows of 8, 1 is ink), which returns ten
        probabilities. If it fails, the widget says so.
    ink: what is drawn, strokes: lists of points (x, y) from 0 to 1, y downwards.
    picture, probabilities: the 64 numbers, and the ten; empty as long as nothing is drawn.
    """

    _esm = coloured(DRAW) + LISTEN + KEYBOARD + SHOW
    _css = coloured(STYLE)
    form = traitlets.Unicode(FORM).tag(sync=True)
    ink = traitlets.List().tag(sync=True)
    picture = traitlets.List().tag(sync=True)
    probabilities = traitlets.List().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)

    def __init__(self, predict, ink=()):
        self.predict = predict
        super().__init__(ink=list(ink))
        self.read()

    @traitlets.observe("ink")
    def read(self, change=None):
        """Make the picture of the strokes, and ask the model about it."""
        picture, chances = [], []
        said = "Draw a digit: with the pointer, or with the arrow keys and Space."
        if any(len(stroke) for stroke in self.ink):
            picture = eight_by_eight(self.ink)
            try:
                chances = [float(p) for p in np.ravel(self.predict(picture))]
                if len(chances) != 10:
                    raise ValueError(f"it returns {len(chances)} numbers, and not ten")
                said = f"The model reads it as {np.argmax(chances)}."
            except Exception as error:
                chances, said = [], f"predict fails with {type(error).__name__}: {error}"
        with self.hold_sync():
            self.picture, self.probabilities, self.said = [*map(float, picture)], chances, said
