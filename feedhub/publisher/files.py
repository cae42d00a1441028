"""Files that readers may read at any moment: they appear by rename only, and only when their bytes are new."""

import contextlib
import os
import tempfile
from pathlib import Path

from feedhub.errors import StorageError

_UNFINISHED = ".feedhub-unfinished-"


def place(root: Path, name: str, body: bytes) -> bool:
    """Put a file below a folder, whole or not at all; return whether there was anything to do.

    Raise StorageError when it cannot be written, or when a symbolic link would lead it out of the folder.
    """
    path = root / name
    try:
        if path.is_file() and not path.is_symlink() and path.read_bytes() == body:
            return False
        _make_folder(root, path.parent)
        _write(path, body)
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error.strerror or error}") from error
    return True


def _make_folder(root: Path, folder: Path) -> None:
    if not root.is_dir():
        root.mkdir(parents=True)
        root.chmod(0o755)
    inside = folder.relative_to(root)
    step = root
    for part in inside.parts:
        step = step / part
        if step.is_symlink():
            raise StorageError(f"{step} is a symbolic link; feedhub writes below {root} only")
        if not step.is_dir():
            step.mkdir()
            step.chmod(0o755)
            _sync_folder(step.parent)


def _write(path: Path, body: bytes) -> None:
    """Write beside the place, to the disk, then rename, then make the rename last."""
    file, beside = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(body)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
    _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what a publish that was killed left behind in a folder of ours."""
    for left in folder.glob(f"{_UNFINISHED}*") if not folder.is_symlink() else ():
        with contextlib.suppress(OSError):
            left.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
