"""The settings of a room's JupyterHub: who comes in, under which account, with what limits.

Classes that need JupyterHub are made in functions: this file can be read without it.

Written in notebooks/88_hub.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
import secrets
import subprocess
import sys
from collections import defaultdict, deque
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import psutil
from tornado import web
from traitlets.config import Config

from micrograd.course.cells import ExportError
from micrograd.files import write_files

# --- The room ---


class Room(NamedTuple):
    """Where a hub keeps its files, and where it is reached."""

    folder: Path
    ip: str = "127.0.0.1"
    port: int = 8000  # the two after it are used as well, on this machine only
    memory: str = "1G"  # for each process of a participant
    accounts: bool = False  # whether each participant has a system account

    @property
    def state(self):
        """The hub's own files, closed to everybody else."""
        return self.folder / "hub"

    @property
    def homes(self):
        """A folder for each participant."""
        return self.folder / "homes"

    @property
    def kit(self):
        """The kit that participants get copies of."""
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
        raise ExportError("PASSWORD has to have 8 characters or more, all of them ASCII")
    if not given and path.exists():
        return path.read_text().strip()
    password = given or new_password()
    path.touch(mode=0o600)
    write_files({path: password + "\n"})
    return password


# --- Who comes in ---


PREFIX = "mg-"
NAME_RULE = "A name has at most 20 letters from a to z, digits and hyphens; a letter first."
WELCOME = "Choose a name for yourself, such as ada. The password is on the board."


def check_name(name):
    """A participant's name in small letters. Raises ValueError if it breaks the rule."""
    name = name.strip().lower()
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
        raise ValueError(NAME_RULE)
    return name


def make_account(name, homes):
    """Make sure of a system account with a home of its own; as root, on Linux.

    Raises ExportError if there is another account of that name, or none can be made.
    """
    import pwd  # Windows has none

    home = homes / name
    try:
        if Path(pwd.getpwnam(name).pw_dir) != home:
            raise ExportError(f"the account {name} isn't the workshop's: choose another name")
    except KeyError:
        command = ["useradd", "--create-home", "--home-dir", home, "--shell", "/bin/false"]
        if home.exists():  # of an account that is gone, as in a container that is made anew
            command += ["--uid", str(home.stat().st_uid)]
        done = subprocess.run([*command, name], capture_output=True, text=True)
        if done.returncode:
            raise ExportError(f"no account for {name}: {done.stderr.strip()}") from None
    home.chmod(0o700)


WRONG = 20  # wrong passwords in a minute, from one address


def make_authenticator(prefix):
    """The class that lets participants in: one password, a name of their own, few tries."""
    from jupyterhub.authenticators.shared import SharedPasswordAuthenticator

    class RoomAuthenticator(SharedPasswordAuthenticator):
        # {address: when its last wrong passwords came}
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


# --- Under one account ---


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
            """Know the server of an earlier hub again, if it is one."""
            super().load_state(state)
            if not runs(self.pid, "micrograd.course.seat"):
                self.pid = 0

        async def start(self):
            """Start the server; return its address and port."""
            if room.accounts:
                make_account(self.user.name, room.homes)
            return await super().start()

    return SeatSpawner


# --- The settings ---


HOUR = 3600
SERVER = [
    "--ServerApp.terminals_enabled=False",
    "--LabApp.extension_manager=readonly",
    f"--MappingKernelManager.cull_idle_timeout={5 * HOUR // 2}",
    "--MappingKernelManager.cull_interval=300",
    "--MappingKernelManager.cull_connected=True",
    "--MappingKernelManager.cull_busy=True",  # an endless loop ends as well
    f"--ServerApp.shutdown_no_activity_timeout={4 * HOUR}",
]
UNUSED = ["jupyter_lsp", "jupyter_server_terminals", "jupyterlab_jupytext", "nbdime"]
LEAN = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # how glibc gives back memory; 18 MB less in a kernel that has drawn a graph
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "MALLOC_MMAP_THRESHOLD_": "131072",
}


def configure(room, password, proxy):
    """The settings of JupyterHub. proxy: the path of configurable-http-proxy."""
    unused = dict.fromkeys(UNUSED, False)
    return Config(
        JupyterHub={
            "bind_url": f"http://{room.ip}:{room.port}",
            "hub_bind_url": f"http://127.0.0.1:{room.port + 1}",
            "db_url": f"sqlite:///{room.state / 'jupyterhub.sqlite'}",
            "cookie_secret_file": str(room.state / "cookie_secret"),
            "template_vars": {"announcement_login": WELCOME},
        },
        Authenticator={"allow_all": True},
        SharedPasswordAuthenticator={"user_password": password},
        ConfigurableHTTPProxy={
            "api_url": f"http://127.0.0.1:{room.port + 2}",
            "command": [str(proxy)],
            "pid_file": str(room.state / "proxy.pid"),
        },
        Spawner={
            "cmd": [sys.executable, "-m", "micrograd.course.seat", str(room.kit)],
            "args": [*SERVER, f"--ServerApp.jpserver_extensions={unused}"],
            "default_url": "/doc/tree/start.ipynb",  # one document at a time
            "disable_user_config": True,  # so nobody locks themselves out
            "environment": LEAN,
            "mem_limit": room.memory,
            "start_timeout": 180,  # thirty at once, on two cores
            "http_timeout": 180,
        },
        SimpleLocalProcessSpawner={"home_dir_template": str(room.homes / "{username}")},
    )
