"""What differs between platforms and precisions: rows of tables, so that no other module asks."""

from __future__ import annotations

from dataclasses import dataclass

from distann.errors import ConfigurationError

__all__ = ["PRECISIONS", "Precision", "precision"]


@dataclass(frozen=True, slots=True)
class Precision:
    """The C++ types of one precision. Every array element is one word of `word` bytes.

    Attributes
    ----------
    name : str
        ``"float64"`` or ``"float32"``, as numpy calls it.
    real, integer : str
        C++ types of equal width.
    suffix : str
        Of a literal of type `real`.
    integer_name : str
        The integer as numpy calls it.
    word : int
        Bytes.
    """

    name: str
    real: str
    integer: str
    suffix: str
    integer_name: str
    word: int


PRECISIONS = {
    "float64": Precision("float64", "double", "int64_t", "", "int64", 8),
    "float32": Precision("float32", "float", "int32_t", "f", "int32", 4),
}


def precision(name: str) -> Precision:
    """Return the row of that name.

    Raises
    ------
    ConfigurationError
        For any name but ``"float64"`` and ``"float32"``.
    """
    if name not in PRECISIONS:
        raise ConfigurationError(f"unknown precision '{name}'; choose one of {', '.join(PRECISIONS)}.")
    return PRECISIONS[name]
