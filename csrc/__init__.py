"""The hand-written C++ under the generated code: where its files are."""

from __future__ import annotations

from pathlib import Path

__all__ = ["engine_source", "include_dir"]

_HERE = Path(__file__).resolve().parent


def include_dir() -> Path:
    """Return the folder for the compiler's ``-I``: headers are included as ``distann/….hpp``."""
    return _HERE / "include"


def engine_source() -> Path:
    """Return the source file of the engine."""
    return _HERE / "engine" / "engine.cpp"
