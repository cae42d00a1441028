"""Taking back what was done, and doing it again."""

from feedhub.editors import merging
from feedhub.editors.desk import Desk
from feedhub.errors import UsageError
from feedhub.model.story import Act
from feedhub.store import acts
from feedhub.store.acts import Acting
from feedhub.store.connection import writing


def undo(desk: Desk, number: int | None = None) -> Act:
    """Take back an act, or the editor's last one; return it. UsageError when later work depends on it."""
    with writing(desk.db):
        act = acts.get(desk.db, number) if number is not None else acts.last_to_undo(desk.db, desk.editor)
        if act is None:
            raise UsageError(f"{desk.editor} has done nothing that could be undone")
        if act.undone_by is not None:
            raise UsageError(f"act {act.number} ({act.command}) was undone already, by act {act.undone_by}")
        if act.undoes is not None:
            raise UsageError(f"act {act.number} took back or did again act {act.undoes}; name that one, or use redo")
        if act.command.startswith("publish"):
            raise UsageError(f"act {act.number} ({act.command}) cannot be undone: what was published stays published")
        _take_back(desk, act)
    return act


def redo(desk: Desk) -> Act:
    """Do again what the editor's last undo took back, when nothing was done since; return it."""
    with writing(desk.db):
        undoing = acts.last_undone(desk.db, desk.editor)
        if undoing is None or undoing.undoes is None:
            raise UsageError("there is nothing to redo: your last act was no undo")
        _take_back(desk, undoing)
        return acts.get(desk.db, undoing.undoes)


def _take_back(desk: Desk, act: Act) -> None:
    acting = Acting(desk.db, desk.editor, desk.now)
    merging.check_alone(desk, act)
    acts.restore(acting, act)
    merging.settle(acting, act)
    acts.undone(acting, act)
