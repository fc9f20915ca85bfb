"""Options are checked when they are set."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from distann.errors import ConfigurationError, UnsupportedError
from distann.runtime.config import HINTS, Options


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("dt", 1, 1.0), ("dt", np.float32(0.5), 0.5), ("seed", None, None), ("seed", np.int64(3), 3),
        ("seed", 2**64 - 1, 2**64 - 1), ("method", "rk4", "rk4"), ("num_threads", 4, 4),
        ("dtype", "float32", "float32"), ("dtype", np.float32, "float32"),
        ("dtype", float, "float64"), ("paradigm", "openmp", "openmp"),
    ],
)  # fmt: skip
def test_kept(name: str, given: Any, kept: Any) -> None:
    options = Options()
    options.update(**{name: given})
    assert getattr(options, name) == kept and type(getattr(options, name)) is type(kept)


def test_a_refused_option_changes_nothing() -> None:
    options = Options()
    with pytest.raises(ConfigurationError):
        options.update(dt=-1.0)
    with pytest.raises(UnsupportedError):
        options.update(paradigm="cuda")
    assert options == Options()


def test_hints_are_silent_and_unknown_names_are_not() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Options().update(**dict.fromkeys(HINTS, True))
    with pytest.warns(UserWarning, match="there is no option 'num_treads'; did you mean 'num_threads'"):
        Options().update(num_treads=2)
    with pytest.raises(ConfigurationError, match="'precision' is called 'dtype'"):
        Options().update(precision="float32")
