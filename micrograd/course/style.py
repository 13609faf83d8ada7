"""One look for all figures of the course: reproducible SVG that reads in grey, too.

Importing it sets the style.

Written in notebooks/96_workbook.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import html

import matplotlib.pyplot as plt
from IPython import get_ipython
from IPython.core.pylabtools import print_figure, select_figure_formats
from IPython.display import HTML, display
from matplotlib.figure import Figure

from micrograd.colours import DATA, GRAD, MUTED, SLOPE

LOOK = {
    "figure.figsize": (6, 3.5),  # inches
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.prop_cycle": plt.cycler(color=[DATA, SLOPE, GRAD, MUTED]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "micrograd",
}


def alt(text):
    """Describe the current figure for readers who can't see it."""
    plt.gcf().set_label(text)


def description(figure):
    """What was said with `alt`, or else the labels of the axes."""
    axes = (f"{a.get_ylabel() or 'y'} against {a.get_xlabel() or 'x'}" for a in figure.axes)
    return figure.get_label() or f"Figure: {', '.join(axes)}"


def figure_svg(figure):
    """A figure as SVG with its description inside, and the metadata of the output."""
    text = description(figure)
    svg = print_figure(figure, "svg", bbox_inches=None, metadata={"Date": None})
    if svg is None:  # a figure without axes
        return None
    head, rest = svg[svg.index("<svg") :].split(">", 1)
    head += ' style="max-width: 100%; height: auto" role="img"'  # for pages that show it inline
    return f"{head}>\n<title>{html.escape(text)}</title>{rest}", {"alt": text}


def use_style():
    """Set the look of figures, and in a notebook their form."""
    plt.rcParams.update(LOOK)
    shell = get_ipython()
    if shell and "inline" in plt.get_backend():
        shell.enable_matplotlib("inline")
        select_figure_formats(shell, {"svg"})
        formatters = shell.display_formatter.formatters
        formatters["image/svg+xml"].for_type(Figure, figure_svg)
        formatters["text/plain"].for_type(
            Figure, lambda figure, printer, cycle: printer.text(description(figure))
        )


use_style()


def show_fitted():
    """Show the current figure, not wider than the page: for widgets."""
    display(HTML(figure_svg(plt.gcf())[0]))
    plt.close()
