"""What users give to a model: texts and numbers."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from distann.errors import ConfigurationError

__all__ = ["number_of", "optional_text", "text_of"]


def text_of(value: Any, what: str) -> str:
    """Return a text as one string.

    Parameters
    ----------
    value : str, or list or tuple of str
        A list is joined line by line.
    what : str
        Name of the argument, for the message.

    Raises
    ------
    ConfigurationError
        For anything else.
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    raise ConfigurationError(
        f"'{what}' is a text, or a list of lines; got {value!r}, which is of type {type(value).__name__}."
    )


def optional_text(value: Any, what: str) -> str | None:
    """Like `text_of`; None, and a text without anything in it, are None."""
    text = text_of(value, what) if value is not None else ""
    return text if text.strip() else None


def number_of(value: Any, what: str) -> float:
    """Return a finite number as a float.

    Raises
    ------
    ConfigurationError
        For anything else.
    """
    number = math.nan
    if not isinstance(value, bool) and isinstance(value, Real):
        try:
            number = float(value)
        except OverflowError:  # an integer of more than 308 digits
            number = math.inf
    if not math.isfinite(number):
        raise ConfigurationError(f"{what} is a finite number; got {value!r}.")
    return number
