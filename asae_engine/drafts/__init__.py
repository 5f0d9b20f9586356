"""The process owners' workspace: the files being changed on top of the newest deployment.

One workspace, shared by all who may design: a file has at most one draft, and whoever saves says which
version they started from. Nothing here deploys; `commands.deploy` does, with what `Workspace.files` gives.
"""

from asae_engine.drafts.errors import DraftConflict, DraftRefused
from asae_engine.drafts.workspace import (
    Draft,
    Workspace,
    discard,
    discard_published,
    open_workspace,
    remove,
    save,
)

__all__ = [
    "Draft",
    "DraftConflict",
    "DraftRefused",
    "Workspace",
    "discard",
    "discard_published",
    "open_workspace",
    "remove",
    "save",
]
