"""The text of the parameters of built-in models.

Their values stand there alone: neurons with other values share their compiled code.
"""

from __future__ import annotations

from distann.model.arguments import number_of

__all__ = ["lines"]


def lines(**values: float) -> str:
    """Return the text of parameters, one a line.

    Raises
    ------
    ConfigurationError
        For a value that is not a finite number.
    """
    numbers = {name: number_of(value, f"'{name}'") for name, value in values.items()}
    return "\n".join(f"{name} = {number!r}" for name, number in numbers.items())
