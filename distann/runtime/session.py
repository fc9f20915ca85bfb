"""The default network, on which the module-level functions act."""

from __future__ import annotations

from distann.runtime.network import NetworkState, global_options

__all__ = ["clear", "default_network"]

_default: list[NetworkState] = []


def default_network() -> NetworkState:
    """Return the default network; the first call makes it."""
    if not _default:
        _default.append(NetworkState(global_options()))
    return _default[0]


def clear() -> None:
    """Forget the default network; its options return to their defaults."""
    _default.clear()
    global_options.cache_clear()
