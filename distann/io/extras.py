"""Packages that only some features need."""

from __future__ import annotations

import importlib
from typing import Any

from distann.errors import MissingPackageError

__all__ = ["extra"]


def extra(module: str, use: str, group: str) -> Any:
    """Return a module that distann does not depend on.

    Parameters
    ----------
    module : str
    use : str
        What needs it, for the message.
    group : str
        The extra of distann that brings it.

    Raises
    ------
    MissingPackageError
        Saying what to install.
    """
    try:
        return importlib.import_module(module)
    except ImportError as problem:
        raise MissingPackageError(use, module, group) from problem
