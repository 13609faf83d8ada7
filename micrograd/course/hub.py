"""A room on one machine: JupyterHub, with a copy of the workshop's kit for each participant.

    python -m micrograd.course.hub                    for this machine alone (`make hub`)
    python -m micrograd.course.hub --ip 0.0.0.0       for the room

PASSWORD in the environment sets the shared password. JupyterHub's own settings can be given
as well, such as --ssl-key=FILE --ssl-cert=FILE --Spawner.http_timeout=300.

Written in notebooks/88_hub.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil

from micrograd.course.cells import ExportError, find_root
from micrograd.course.kit import write_kit
from micrograd.course.room import (
    PREFIX,
    Room,
    configure,
    make_authenticator,
    make_spawner,
    password_of,
    runs,
)

JUPYTERHUB = re.compile(r"--(ssl-key|ssl-cert|[A-Z]\w+\.\w+)=.*")  # its own arguments


def closed_folder(path):
    """The first folder on the way to a path that other accounts can't pass, or None."""
    path = path.resolve()
    for folder in [*reversed(path.parents), path]:
        if not folder.stat().st_mode & 0o001:
            return folder


def check_readable(root):
    """Raise ExportError if other accounts can't run the course; as root."""
    for path in (root, Path(sys.prefix), Path(sys.executable)):
        if closed := closed_folder(path):
            raise ExportError(
                f"other accounts can't read {closed}: put the course and its Python where "
                "they can, such as into /opt/micrograd"
            )
    trial = [sys.executable, "-c", "import micrograd.course.seat, jupyterhub.singleuser"]
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    done = subprocess.run(trial, cwd="/", capture_output=True, text=True, **nobody)
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise ExportError(f"other accounts can't run the course: {reason}")


def check_ports(room):
    """Raise ExportError if a port is taken, but not by the proxy of a hub that was killed."""
    pid_file = room.state / "proxy.pid"
    if pid_file.exists():
        pid = pid_file.read_text().strip()
        if pid.isdigit() and runs(int(pid), "configurable-http-proxy"):
            return  # JupyterHub ends it
        pid_file.unlink()
    local = "127.0.0.1"
    for port, ip in enumerate((room.ip, local, local), start=room.port):
        try:
            socket.create_server((ip, port)).close()
        except OSError:
            raise ExportError(
                f'port {port} is taken: choose another, make hub ARGS="--port 8100"'
            ) from None


def lock(room):
    """A file that stays locked while this process lives. Raises ExportError if it is."""
    import fcntl  # Windows has none

    file = (room.state / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ExportError(f"a hub is running in {room.folder} already") from None
    return file


def install_hub(root):
    """Add JupyterHub to this Python, if it isn't there. Raises ExportError if that fails."""
    if find_spec("jupyterhub"):
        return
    print("Adding JupyterHub to .venv, once.", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if subprocess.run([*pip, "-e", f"{root}[workshop]"]).returncode:
        raise ExportError("JupyterHub can't be installed: see above; is there a network?")


def find_proxy():
    """The path of configurable-http-proxy; if it is missing, npm installs it.

    Raises ExportError if there is no npm either.
    """
    name = "configurable-http-proxy"
    own = Path(sys.prefix, "node_modules", ".bin", name)
    if found := shutil.which(name) or (own.exists() and own):
        return found
    if not (npm := shutil.which("npm")):
        raise ExportError(
            "JupyterHub needs a proxy from npm: install Node.js (apt install npm), "
            "then run the same command again"
        )
    print(f"Adding {name} to .venv, once.", flush=True)
    if subprocess.run([npm, "install", "--silent", "--prefix", sys.prefix, name]).returncode:
        raise ExportError(f"{name} can't be installed: see above; is there a network?")
    return own


def find_room(options):
    """The Room for the command line's options. Raises ExportError where there can be none."""
    if os.name == "nt":
        raise ExportError(
            "JupyterHub doesn't run on Windows: use WSL or a machine with Linux, or give "
            "everybody the kit (make workshop)"
        )
    if not re.fullmatch(r"\d+[MG]", options.memory):
        raise ExportError(f"--memory is a number with M or G, such as 1G, not {options.memory}")
    root = os.geteuid() == 0
    if root and not (sys.platform == "linux" and shutil.which("useradd")):
        raise ExportError("as root, a hub needs Linux with useradd: run it as a plain user")
    folder = options.folder or (Path("/srv/micrograd") if root else find_root() / ".hub")
    return Room(folder.resolve(), options.ip, options.port, options.memory, root)


def make_folders(room):
    """Make the room's folders, readable for those who need them and for nobody else."""
    os.umask(0o022)
    room.homes.mkdir(parents=True, exist_ok=True)
    room.state.mkdir(mode=0o700, exist_ok=True)
    if room.accounts:
        room.homes.chmod(0o711)  # others pass, and don't see who is there


def own_address(ip):
    """What participants type for the address that a hub listens on."""
    if ip != "0.0.0.0":
        return ip
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing, and finds the way out
            return probe.getsockname()[0]
    except OSError:
        return socket.gethostname()


def welcome(room, password, arguments):
    """What the teacher has to know, as lines. arguments: those for JupyterHub."""
    scheme = "https" if any("--ssl-cert" in part for part in arguments) else "http"
    address = f"{scheme}://{own_address(room.ip)}:{room.port}"
    yield f"Write on the board: {address}  password: {password}"
    yield f"Homes and log are in {room.folder}. Ctrl-C ends the hub."
    dot = shutil.which("dot")
    megabytes = 250 if dot else 300  # each, with three notebooks open: measured
    seats = psutil.virtual_memory().available // (megabytes << 20)
    yield f"There is memory for {seats} participants."
    if not dot:
        yield "With Graphviz (apt install graphviz) there is room for a fifth more."
    if not room.accounts:
        yield "All share your account, so nothing is private. As root each has their own."


def serve(room, password, proxy, arguments):
    """Run JupyterHub until it is stopped, with its output in a log; return its exit code."""
    from jupyterhub.app import JupyterHub

    config = configure(room, password, proxy)
    config.JupyterHub.authenticator_class = make_authenticator(PREFIX if room.accounts else "")
    config.JupyterHub.spawner_class = make_spawner(room)
    JupyterHub.instance(config=config)
    terminal, path = os.fdopen(os.dup(2), "w"), room.state / "hub.log"
    with path.open("a") as log:
        for stream in (1, 2):  # also of the processes that it starts
            os.dup2(log.fileno(), stream)
    try:
        JupyterHub.launch_instance(arguments)
    except SystemExit as error:
        if error.code:
            print(f"The hub has stopped; {path} says why.", file=terminal, flush=True)
        return error.code


def main(arguments=None):
    """Run the hub until Ctrl-C; return an exit code, 1 if something is in the way."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.hub")
    parser.add_argument("--ip", default="127.0.0.1", help="0.0.0.0 opens it to the network")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, help="for homes, kit and the hub's own files")
    parser.add_argument("--memory", default="1G", help="for each process of a participant")
    parser.add_argument("--plan", default="half", help="a timetable of workshop.toml")
    parser.add_argument("--start", default="09:00", help="when it begins")
    options, rest = parser.parse_known_args(arguments)
    if strays := [part for part in rest if not JUPYTERHUB.fullmatch(part)]:
        parser.error(f"unknown: {' '.join(strays)}")
    try:
        room, root = find_room(options), find_root()
        install_hub(root)
        if room.accounts:
            check_readable(root)
        proxy = find_proxy()
        make_folders(room)
        locked = lock(room)  # noqa: F841
        check_ports(room)
        password = password_of(room, os.environ.pop("PASSWORD", None))
        write_kit(room.kit, options.plan, options.start)
    except (ExportError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(*welcome(room, password, rest), sep="\n", flush=True)
    return serve(room, password, proxy, rest)


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
