"""Where in the user's script the program is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType

__all__ = ["line_of", "user_frame"]

# In a checkout the folders of distann.codegen and distann.csrc lie beside that of distann.
_PACKAGE = Path(__file__).resolve().parents[1]
_OWN = tuple(
    os.path.join(folder, "") for folder in (_PACKAGE, _PACKAGE.parent / "codegen", _PACKAGE.parent / "csrc")
)


def user_frame(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame, from `frame` outwards, that belongs neither to distann nor to importing."""
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith("<frozen") and not os.path.realpath(name).startswith(_OWN):
            return frame
        frame = frame.f_back
    return None


def line_of(thread: int) -> str:
    """Return ``"script.py, line 12"``, where the thread of that identifier is in the user's code."""
    frame = user_frame(sys._current_frames().get(thread))
    if frame is None:
        return "no line of a script"
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
