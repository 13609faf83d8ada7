"""A folder for a stick: what a laptop needs to install the course without a network.

    python -m micrograd.course.offline                          for this machine's system
    python -m micrograd.course.offline windows --python 3.12    for another one

`make offline PLATFORM=windows PYVERSION=3.12` writes build/offline/windows-3.12/.

Written in notebooks/89_projector.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from micrograd.course.cells import ExportError, command, find_root
from micrograd.course.kit import write_kit
from micrograd.files import write_files

GLIBC = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]  # Linux since 2019
SYSTEMS = {  # {name: {uv's name for processor and system: the names in wheels}}
    "windows": {"x86_64-pc-windows-msvc": ["win_amd64"]},
    "macos": {
        "aarch64-apple-darwin": ["macosx_13_0_arm64"],
        "x86_64-apple-darwin": ["macosx_13_0_x86_64"],
    },
    "linux": {"x86_64-manylinux_2_28": [*GLIBC, "manylinux2014_x86_64", "manylinux1_x86_64"]},
}


def this_system():
    """The name of the system that this is."""
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def lookup(processor, python):
    """The command that lists the packages needed; its input names more requirements."""
    system = ["--python-platform", processor, "--python-version", python]
    plain = ["--quiet", "--no-header", "--no-annotate"]
    return ["uv", "pip", "compile", *system, *plain, "--only-binary", ":all:"]


def download(pins, tags, python, folder):
    """The command that downloads wheels. pins: such as "numpy==2.3.5"."""
    system = ["--python-version", python, *(f"--platform={tag}" for tag in tags)]
    plain = ["--quiet", "--no-deps", "--only-binary=:all:"]
    return ["pip", "download", *system, *plain, "--dest", str(folder), *pins]


NO_NETWORK = re.compile(r"connect|dns error|timed out", re.IGNORECASE)


def run(command, text=""):
    """Run a module of this Python with a text as input; return what it prints.

    Raises ExportError with its last line if it fails.
    """
    if not find_spec(command[0]):
        raise ExportError(
            f"{command[0]} is missing: {sys.executable} -m pip install {command[0]}"
        )
    done = subprocess.run(
        [sys.executable, "-m", *command], input=text, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        if NO_NETWORK.search(done.stderr):
            raise ExportError(
                "the packages can't be downloaded: no network? Connect and run the same "
                "command again; it goes on where it stopped"
            )
        last = (done.stderr.strip() or "it didn't say why").splitlines()[-1].strip()
        raise ExportError(f"{' '.join(command[:2])} failed: {last}")
    return done.stdout


def needed(project, processor, python):
    """The packages that a pyproject.toml needs on a system, such as ["numpy==2.3.5"]."""
    build = tomllib.loads(project.read_text(encoding="utf-8"))["build-system"]["requires"]
    command = [*lookup(processor, python), str(project), "-"]
    return run(command, "\n".join(build)).split()


def outdated(folder, pins):
    """The wheels in a folder that aren't among those named."""
    for path in sorted(folder.glob("*.whl")):
        try:
            name, version, *_ = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue  # not ours
        if f"{name}=={version}" not in pins:
            yield path


def fetch(project, system, python, folder):
    """Download what a pyproject.toml needs on a system, with a version of Python."""
    kept = set()
    for processor, tags in SYSTEMS[system].items():
        pins = needed(project, processor, python)
        print(f"{processor}: {len(pins)} packages", flush=True)
        run(download(pins, tags, python, folder))
        kept |= {*pins}
    for path in outdated(folder, kept):
        path.unlink()


INSTALL = """\
Set up the workshop without a network, on {system} with Python {python}

1. Copy this folder to your disk, and open a terminal in it (on Windows: PowerShell).
2. Type: {start} --version
   The answer has to begin with "Python {python}". If it doesn't, ask for the installer.
3. Type these commands. The third one takes a minute or two, and the fourth opens JupyterLab.

   cd kit
   {start} -m venv .venv
   {python_there} -m pip install --no-index --find-links {wheels} -e .
   {python_there} -m jupyterlab start.ipynb

To start JupyterLab again, open a terminal here, and type `cd kit` and the last command.
"""


def instructions(system, python):
    """The text of INSTALL.txt."""
    windows = system == "windows"
    return INSTALL.format(
        system={"windows": "Windows", "macos": "macOS", "linux": "Linux"}[system],
        python=python,
        start=f"py -{python}" if windows else f"python{python}",
        python_there=r".venv\Scripts\python" if windows else ".venv/bin/python",
        wheels=r"..\wheels" if windows else "../wheels",
    )


def check_options(system, python):
    """Raise ExportError for a system or a version of Python that no stick can be made for."""
    if system not in SYSTEMS:
        raise ExportError(f"there is no platform {system}: {', '.join(SYSTEMS)}")
    if not re.fullmatch(r"3\.(1[1-9]|[2-9]\d)", python):
        raise ExportError(f"no stick can be for Python {python}: name it as 3.12, from 3.11 on")


def make_stick(root, system, python, plan, start):
    """Write the stick's folder, and return it. Raises ExportError if something is missing."""
    check_options(system, python)
    folder = root / "build" / "offline" / f"{system}-{python}"
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    write_kit(folder / "kit", plan, start)  # first, as it may refuse, and costs nothing
    fetch(folder / "kit" / "pyproject.toml", system, python, wheels)
    write_files({folder / "INSTALL.txt": instructions(system, python)})
    return folder


@command
def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.offline")
    parser.add_argument("system", nargs="?", default=this_system(), help=", ".join(SYSTEMS))
    parser.add_argument("--python", default="{}.{}".format(*sys.version_info))
    parser.add_argument("--plan", default="half", help="a timetable of workshop.toml")
    parser.add_argument("--start", default="09:00", help="when it begins")
    options = parser.parse_args(arguments)
    root = find_root()
    folder = make_stick(root, options.system, options.python, options.plan, options.start)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder.relative_to(root).as_posix()}: {size / 1e6:.0f} MB, for your stick")


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
