"""How the web pages look, and what they can do: a style sheet and a little JavaScript.

Written in notebooks/84_site.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

STYLE = """\
:root {
  --paper: #ffffff; --ink: #000000; --data: #0b5394; --slope: #e69f00; --grad: #c64600;
  --negative: #a0307a; --muted: #777777;
}
html[data-theme="dark"] {
  --paper: #14181e; --ink: #e6e6e6; --data: #7cc0ff; --slope: #ffc247; --grad: #ff8f5a;
  --negative: #f08fd0; --muted: #9a9a9a;
}
.drawing { overflow-x: auto; }
.drawing svg { max-width: 100%; height: auto; fill: var(--ink); }
.drawing.plot svg * { stroke-linejoin: round; stroke-linecap: butt; }
@media (max-width: 600px) { .drawing.graph svg { min-width: 34rem; max-width: none; } }
details > summary { cursor: pointer; font-weight: 600; padding: .3rem 0; }
.bd-main .bd-content .bd-article-container { max-width: 52rem; }
"""

SCRIPT = """\
"""
