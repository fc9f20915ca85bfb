"""Options of networks: ``setup(...)`` for those to come, ``Network.config(...)`` for one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from distann.codegen.checks import METHODS
from distann.codegen.target import PRECISIONS
from distann.errors import ConfigurationError, UnsupportedError, closest
from distann.runtime.log import warn_once

__all__ = ["Options"]

# Options of ANNarchy that only tell it how to compute; results never depend on them: accepted and passed over.
HINTS = frozenset(
    """visible_cores only_int_idx_type sparse_matrix_format sparse_matrix_storage_order
    disable_parallel_rng use_seed_seq use_cpp_connectors disable_split_matrix disable_SIMD_SpMV disable_SIMD_Eq
    disable_bitmask verbose suppress_warnings show_time trace_calls debug disable_shared_library_time_offset""".split()
)


@dataclass(slots=True)
class Options:
    """Options of one network.

    Attributes
    ----------
    dt : float
        Step, ms.
    seed : int or None
        None: chosen when it is needed, equal on all ranks.
    method : str
        For differential equations that name none.
    num_threads : int or None
        A rank; None: as many as its cores.
    dtype : str
        ``"float64"`` or ``"float32"``.
    paradigm : str
        ``"openmp"``.
    structural_plasticity : bool
        Synapses of all projections can be made and removed, not only of those with rules for it.
    """

    dt: float = 1.0
    seed: int | None = None
    method: str = "explicit"
    num_threads: int | None = None
    dtype: str = "float64"
    paradigm: str = "openmp"
    structural_plasticity: bool = False

    def update(self, **options: Any) -> None:
        """Change options after checking them; an unknown one is warned about and passed over.

        Raises
        ------
        ConfigurationError, UnsupportedError
        """
        for name, value in options.items():
            if name in CHECKS:
                setattr(self, name, CHECKS[name](value))
            elif name == "precision":
                raise ConfigurationError("the option 'precision' is called 'dtype': write dtype=float32.")
            elif name not in HINTS:
                warn_once(
                    f"there is no option '{name}'; {closest(name, [*CHECKS, *HINTS]) or 'it is passed over.'}"
                )


def _dt(value: Any) -> float:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:
        raise ConfigurationError(f"dt is a positive number of ms; got {value!r}.")
    return float(value)


def _seed(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < 2**64:
        raise ConfigurationError(f"seed is an integer from 0 to 2**64 - 1; got {value!r}.")
    return int(value)


def _method(value: Any) -> str:
    if value not in METHODS:
        raise ConfigurationError(f"unknown method {value!r}; choose one of {', '.join(METHODS)}.")
    return str(value)


def _num_threads(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ConfigurationError(f"num_threads is a positive integer; got {value!r}.")
    return int(value)


def _dtype(value: Any) -> str:
    try:
        name = str(np.dtype(value).name)
    except TypeError:
        name = str(value)
    if name not in PRECISIONS:
        raise ConfigurationError(f"dtype is float64 or float32; got {value!r}.")
    return name


def _paradigm(value: Any) -> str:
    if value != "openmp":
        raise UnsupportedError(f"paradigm={value!r} is not supported; the paradigm is 'openmp'.")
    return "openmp"


def _structural_plasticity(value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise ConfigurationError(f"structural_plasticity is True or False; got {value!r}.")
    return bool(value)


CHECKS = {
    "dt": _dt,
    "seed": _seed,
    "method": _method,
    "num_threads": _num_threads,
    "dtype": _dtype,
    "paradigm": _paradigm,
    "structural_plasticity": _structural_plasticity,
}
