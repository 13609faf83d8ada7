"""A room on one machine: JupyterHub, with a copy of the workshop's kit for each participant.

    python -m micrograd.course.hub                    for this machine alone (`make hub`)
    python -m micrograd.course.hub --ip 0.0.0.0       for the room

As root on Linux each participant has a system account, else all share the one that runs it.
PASSWORD in the environment sets the shared password. Arguments that aren't known here go to
JupyterHub, such as --ssl-key and --ssl-cert.

Written in notebooks/88_hub.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections import defaultdict, deque
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import psutil
from tornado import web
from traitlets.config import Config

from micrograd.course.cells import ExportError, find_root
from micrograd.files import write_files

# --- The hub's folder ---


class Room(NamedTuple):
    """Where a hub keeps its files, and where it is reached."""

    folder: Path
    ip: str = "127.0.0.1"
    port: int = 8000  # the two ports after it are used on this machine only
    memory: str = "1G"  # for each process of a participant
    accounts: bool = False  # whether each participant has a system account

    @property
    def state(self):
        """The hub's own files, closed to everyone else."""
        return self.folder / "hub"

    @property
    def homes(self):
        return self.folder / "homes"

    @property
    def kit(self):
        return self.folder / "kit"


def new_password():
    """A random password that can be read out, such as `kobe-mitu-rafo-sune`."""
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    return "-".join(secrets.choice(syllables) + secrets.choice(syllables) for _ in range(4))


def password_of(room, given=None):
    """The room's password: the one that is given, or kept from before, or else a new one.

    Raises ExportError if the one that is given can't be used.
    """
    path = room.state / "password"
    if given and not (len(given) >= 8 and given.isascii() and given.isprintable()):
        raise ExportError("PASSWORD has to have 8 characters or more, of plain ASCII")
    if not given and path.exists():
        return path.read_text().strip()
    password = given or new_password()
    path.touch(mode=0o600)
    write_files({path: password + "\n"})
    return password


# --- Names and accounts ---


PREFIX = "mg-"
NAME_RULE = "A name has at most 20 letters from a to z, digits and hyphens; a letter first."


def check_name(name):
    """The name of a participant in small letters. Raises ValueError if it breaks the rule."""
    name = name.strip().lower()
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
        raise ValueError(NAME_RULE)
    return name


def make_account(name, homes):
    """Make sure of a system account with a home of its own; as root, on Linux."""
    import pwd  # Windows has none

    home = homes / name
    try:
        if Path(pwd.getpwnam(name).pw_dir) != home:
            raise ExportError(f"the account {name} isn't the workshop's: choose another name")
    except KeyError:
        command = ["useradd", "--create-home", "--home-dir", home, "--shell", "/bin/false"]
        if home.exists():  # of an account that is gone, such as in a container made anew
            command += ["--uid", str(home.stat().st_uid)]
        done = subprocess.run([*command, name], capture_output=True, text=True)
        if done.returncode:
            raise ExportError(f"no account for {name}: {done.stderr.strip()}") from None
    home.chmod(0o700)


WRONG = 20  # wrong passwords in a minute from one address


def make_authenticator(prefix):
    """The class that lets participants in: any name, one password, few tries."""
    from jupyterhub.authenticators.shared import SharedPasswordAuthenticator

    class RoomAuthenticator(SharedPasswordAuthenticator):
        # {address of a laptop: when its last wrong passwords came}
        wrong = defaultdict(lambda: deque(maxlen=WRONG))

        async def authenticate(self, handler, data):
            """The participant's account, or None for a wrong password."""
            wrong = self.wrong[handler.request.remote_ip]
            if len(wrong) == WRONG and monotonic() - wrong[0] < 60:
                raise web.HTTPError(429, "Too many wrong passwords. Wait a minute.")
            known = data["password"].isascii() and await super().authenticate(handler, data)
            if not known:
                wrong.append(monotonic())
                return None
            try:
                return known | {"name": prefix + check_name(data["username"])}
            except ValueError as error:
                raise web.HTTPError(400, str(error)) from None

    return RoomAuthenticator


def runs(pid, program):
    """Whether a process is there whose command line names a program."""
    try:
        return any(program in part for part in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def make_spawner(room):
    """The class that starts participants' servers, under accounts of their own or not."""
    from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner

    class SeatSpawner(LocalProcessSpawner if room.accounts else SimpleLocalProcessSpawner):
        def load_state(self, state):
            """Know a server of an earlier hub again, if it is one."""
            super().load_state(state)
            if not runs(self.pid, "micrograd.course.seat"):
                self.pid = 0

        async def start(self):
            if room.accounts:
                make_account(self.user.name, room.homes)
            return await super().start()

    return SeatSpawner


# --- The settings ---


HOURS = 3600
SERVER = [
    "--ServerApp.terminals_enabled=False",
    "--LabApp.extension_manager=readonly",
    f"--MappingKernelManager.cull_idle_timeout={2.5 * HOURS:.0f}",
    "--MappingKernelManager.cull_interval=300",
    "--MappingKernelManager.cull_connected=True",
    "--MappingKernelManager.cull_busy=True",  # an endless loop as well
    f"--ServerApp.shutdown_no_activity_timeout={4 * HOURS}",
]
UNUSED = [
    "jupyter_lsp",
    "jupyter_server_terminals",
    "jupyterlab_jupytext",
    "nbdime",
    "notebook",
]
THREADS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
# Without these glibc keeps what was freed, 18 MB in a kernel that has drawn a graph.
GIVE_BACK = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}


def configure(room, password, proxy):
    """The settings of JupyterHub.

    proxy: the path of configurable-http-proxy.
    """
    local = "http://127.0.0.1:{}".format
    unused = {name: False for name in UNUSED}
    return Config(
        JupyterHub={
            "bind_url": f"http://{room.ip}:{room.port}",
            "hub_bind_url": local(room.port + 1),
            "db_url": f"sqlite:///{room.state / 'jupyterhub.sqlite'}",
            "cookie_secret_file": str(room.state / "cookie_secret"),
            "template_vars": {"announcement_login": NAME_RULE},
        },
        Authenticator={"allow_all": True},
        SharedPasswordAuthenticator={"user_password": password},
        ConfigurableHTTPProxy={
            "api_url": local(room.port + 2),
            "command": [str(proxy)],
            "pid_file": str(room.state / "proxy.pid"),
        },
        Spawner={
            "cmd": [sys.executable, "-m", "micrograd.course.seat", str(room.kit)],
            "args": [*SERVER, f"--ServerApp.jpserver_extensions={unused}"],
            "default_url": "/doc/tree/start.ipynb",
            "disable_user_config": True,  # nobody can lock themselves out
            "environment": {"MALLOC_ARENA_MAX": "1"}
            | GIVE_BACK
            | {name: "1" for name in THREADS},
            "mem_limit": room.memory,
            "start_timeout": 180,  # thirty at once, on two cores
            "http_timeout": 180,
        },
        SimpleLocalProcessSpawner={"home_dir_template": str(room.homes / "{username}")},
    )


# --- What is checked before it starts ---


def closed_folder(path):
    """The first folder on the way to a path that other accounts can't pass, or None."""
    path = path.resolve()
    for folder in [*reversed(path.parents), path]:
        if not folder.stat().st_mode & 0o001:
            return folder


def check_readable(root):
    """Raise ExportError if other accounts can't run the course."""
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
        if runs(int(pid_file.read_text()), "configurable-http-proxy"):
            return  # JupyterHub ends it
        pid_file.unlink()
    ips = {room.port: room.ip, room.port + 1: "127.0.0.1", room.port + 2: "127.0.0.1"}
    for port, ip in ips.items():
        try:
            socket.create_server((ip, port)).close()
        except OSError:
            raise ExportError(
                f'port {port} is taken: choose another, make hub ARGS="--port 8100"'
            ) from None


def install_hub(root):
    """Add JupyterHub to this Python, if it isn't there. Raises ExportError if that fails."""
    if find_spec("jupyterhub"):
        return
    print("Adding JupyterHub to .venv, once.", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if subprocess.run([*pip, "-e", f"{root}[workshop]"]).returncode:
        raise ExportError("JupyterHub can't be installed: see above; is there a network?")


def find_proxy():
    """The path of configurable-http-proxy, which is installed if npm is there.

    Raises ExportError if there is neither.
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
    root = os.geteuid() == 0
    if root and not (sys.platform == "linux" and shutil.which("useradd")):
        raise ExportError("as root, a hub needs Linux with useradd: run it as a plain user")
    folder = options.folder or (Path("/srv/micrograd") if root else find_root() / ".hub")
    return Room(folder.resolve(), options.ip, options.port, options.memory, root)


def make_folders(room):
    """Make the room's folders, with the right to read them for those who need it."""
    os.umask(0o022)
    room.homes.mkdir(parents=True, exist_ok=True)
    room.state.mkdir(mode=0o700, exist_ok=True)
    if room.accounts:
        room.homes.chmod(0o711)  # others pass, and don't see who is there


def make_kit(folder):
    """Write the workshop's kit, in place of an earlier one."""
    shutil.rmtree(folder, ignore_errors=True)
    from micrograd.course.workbook import main as workbook

    workbook(["--without-solutions", "--to", str(folder / "workbook")])
    root = find_root()
    for name in ("images", "notebooks"):
        shutil.copytree(root / name, folder / name, dirs_exist_ok=True)
    shutil.copy(folder / "workbook/00_welcome.ipynb", folder / "start.ipynb")


def lock(room):
    """A file that stays locked as long as this process lives. Raises ExportError if it is."""
    import fcntl  # Windows has none

    file = (room.state / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ExportError(f"a hub is running in {room.folder} already") from None
    return file


def address(room):
    """The address that participants type."""
    ip = room.ip
    if ip == "0.0.0.0":
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing, and says which way it would go
            ip = probe.getsockname()[0]
    return f"http://{ip}:{room.port}"


def serve(room, password, proxy, arguments):
    """Run JupyterHub until it is stopped, with its output in a log; return its exit code."""
    from jupyterhub.app import JupyterHub

    config = configure(room, password, proxy)
    config.JupyterHub.authenticator_class = make_authenticator(PREFIX if room.accounts else "")
    config.JupyterHub.spawner_class = make_spawner(room)
    JupyterHub.instance(config=config)
    terminal, path = os.dup(2), room.state / "hub.log"
    with path.open("a") as log:
        for stream in (1, 2):  # also of the processes that it starts
            os.dup2(log.fileno(), stream)
    code = 0
    try:
        JupyterHub.launch_instance(arguments)
    except SystemExit as error:
        code = error.code
    os.dup2(terminal, 2)
    if code:
        print(f"The hub has stopped; {path} says why.", file=sys.stderr)
    return code


def main(arguments=None):
    """Run the hub until Ctrl-C; return an exit code, 1 if something is in the way."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.hub")
    parser.add_argument("--ip", default="127.0.0.1", help="0.0.0.0 opens it to the network")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, help="for homes, kit and state")
    parser.add_argument("--memory", default="1G", help="for each process of a participant")
    options, rest = parser.parse_known_args(arguments)
    try:
        room = find_room(options)
        install_hub(find_root())
        if room.accounts:
            check_readable(find_root())
        proxy = find_proxy()
        make_folders(room)
        locked = lock(room)  # noqa: F841
        check_ports(room)
        password = password_of(room, os.environ.pop("PASSWORD", None))
        make_kit(room.kit)
    except (ExportError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Write on the board: {address(room)}  password: {password}")
    print(f"Ctrl-C ends it. Homes and log are in {room.folder}.", flush=True)
    return serve(room, password, proxy, rest)


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
