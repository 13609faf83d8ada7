"""Write files whole or not at all.

Written in notebooks/98_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import errno
import os
import shutil
import stat
from pathlib import Path
from secrets import token_hex


def check_writable(path):
    """Raise OSError, with the reason, if a file can't be written or replaced."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {path.parent.name}")
    if path.exists() and not path.is_file():
        raise IsADirectoryError(errno.EISDIR, f"{path.name} is a folder, or no ordinary file")
    for place in (path.parent, path):
        if place.exists() and not place.stat().st_mode & stat.S_IWUSR:
            raise PermissionError(errno.EACCES, f"{place.name} is read-only")


def write_files(texts):
    """Write several files, {path: text or bytes}: all or, if one can't be written, none.

    A file that is there already keeps its permissions. Raises OSError with the reason; then,
    as after Ctrl-C, every file is as it was. Only a power cut between two files can leave the
    first one new and the second one old.
    """
    texts = {Path(path).resolve(): text for path, text in texts.items()}
    drafts = {path: path.with_name(f".{path.name}.{token_hex(4)}.new") for path in texts}
    kept, replaced = {}, []
    try:
        for path, draft in drafts.items():
            check_writable(path)
            kept[path] = path.read_bytes() if path.exists() else None
            content = texts[path]
            with draft.open("xb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
                file.flush()
                os.fsync(file.fileno())  # on the disk before it takes its place
            if path.exists():
                shutil.copymode(path, draft)
        for path, draft in drafts.items():
            replaced.append(path)
            draft.replace(path)
    except BaseException:
        for path in replaced:
            if kept[path] is None:
                path.unlink(missing_ok=True)
            else:
                drafts[path].write_bytes(kept[path])
                shutil.copymode(path, drafts[path])
                drafts[path].replace(path)
        raise
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
