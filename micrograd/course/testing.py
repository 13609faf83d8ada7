"""The course's plugin for pytest, which lets nbval run the notebooks.

It passes over copies, skips notebooks whose optional packages are missing, and names the cells
and kernels that are heavy.

Written in notebooks/99_notebooks.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from pathlib import Path

import psutil
import pytest

from micrograd.course.cells import chapters
from micrograd.course.notebooks import HEAVY, missing_extra


def pytest_configure(config):
    """Find the sanitising file from whatever folder pytest is called in."""
    name = config.option.nbval_sanitize_with
    if name and not Path(name).exists():
        config.option.nbval_sanitize_with = str(config.rootpath / name)


def pytest_ignore_collect(collection_path, config):
    """Pass over notebooks that aren't the course's own."""
    if collection_path.suffix == ".ipynb" and collection_path.parent.name == "notebooks":
        if collection_path not in chapters(config.rootpath).values():
            return True


def pytest_collection_modifyitems(items):
    """Skip the notebooks whose optional packages are missing."""
    reasons = {}
    for path in {item.path for item in items if item.path.suffix == ".ipynb"}:
        if command := missing_extra(path):
            reasons[path] = f"packages are missing; to run it: {command}"
    for item in items:
        if item.path in reasons:
            item.add_marker(pytest.mark.skip(reason=reasons[item.path]))


HEAVY_SECONDS, HEAVY_MB = 5, 300  # processor time of a cell, memory of a kernel


def usage(process):
    """A process's processor seconds, and the most memory it has had, in MB."""
    times, status = process.cpu_times(), Path(f"/proc/{process.pid}/status")
    if status.exists():
        memory = int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1]) / 1024
    else:  # not on Linux: what it has now
        memory = process.memory_info().rss / 2**20
    return times.user + times.system, memory


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Note what a cell takes of its kernel's machine, for the report."""
    kernel = getattr(item.parent, "kernel", None)
    if not kernel:
        return (yield)
    process = psutil.Process(kernel.km.provisioner.pid)
    before, _ = usage(process)
    try:
        return (yield)
    finally:
        if process.is_running():
            after, memory = usage(process)
            cell = item.path.stem, item.cell_num + 1, after - before, memory
            item.user_properties.append(("usage", cell))


def pytest_runtest_logreport(report):
    """Collect the usage of all cells, from all processes that run notebooks."""
    found = dict(report.user_properties).get("usage")
    if report.when == "call" and found:
        USAGE.setdefault(found[0], []).append(found[1:])


USAGE = {}  # notebook: [(cell, seconds, MB), ...]


def heavy(usages):
    """The sentences about one notebook's heavy cells and kernel."""
    for cell, seconds, _ in usages:
        if seconds > HEAVY_SECONDS:
            yield f"cell [{cell}] takes {seconds:.1f} s"
    most = max(usages, key=lambda usage: usage[2])
    if most[2] > HEAVY_MB:
        yield f"its kernel needs {most[2]:.0f} MB, first in cell [{most[0]}]"


def pytest_terminal_summary(terminalreporter, config):
    """Say which cells and kernels are heavy, and keep it for `make check`."""
    if USAGE:
        found = config.cache.get(HEAVY, {})
        found |= {name: [*heavy(usages)] for name, usages in sorted(USAGE.items())}
        config.cache.set(HEAVY, found)
        for name in USAGE:
            for line in found[name]:
                terminalreporter.write_line(f"heavy: {name} {line}")
