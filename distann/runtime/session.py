"""The default network, on which the module-level functions act."""

from __future__ import annotations

from dataclasses import replace

from distann.runtime.definitions import forget_functions
from distann.runtime.network import NetworkState, global_options

__all__ = ["clear", "default_network", "waiting_network"]

_default: list[NetworkState] = []


def default_network() -> NetworkState:
    """Return the default network; the first call makes it."""
    if not _default:
        _default.append(NetworkState(global_options()))
    return _default[0]


def waiting_network() -> NetworkState:
    """Return a network of nobody's, from which a ready population can be taken into another one."""
    return NetworkState(replace(global_options()))


def clear() -> None:
    """Forget the default network and the shared functions; its options return to their defaults."""
    _default.clear()
    forget_functions()
    global_options.cache_clear()
