"""Figures of a script that runs on many ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from distann.runtime.log import report
from distann.runtime.startup import start

__all__ = ["save_figure"]


def save_figure(figure: Any, path: str | Path) -> Path:
    """Save a matplotlib figure, on rank 0 alone, and say where.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or Path
        Its ending says the format.

    Returns
    -------
    Path
        The file, absolute.
    """
    file = Path(path).resolve()
    if start().rank == 0:
        figure.savefig(file)
        report(str(file))
    return file
