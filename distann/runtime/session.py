"""The networks of the script by number, and the default one, on which the module-level functions act."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from weakref import WeakKeyDictionary

from distann.errors import ConfigurationError
from distann.runtime.definitions import forget_functions
from distann.runtime.network import NetworkState, global_options

__all__ = ["clear", "default_network", "number", "numbered_network", "waiting_network"]

_default: list[NetworkState] = []
_numbers: WeakKeyDictionary[NetworkState, int] = WeakKeyDictionary()
_next_number = count(1)


def default_network() -> NetworkState:
    """Return the default network; the first call makes it."""
    if not _default:
        _default.append(NetworkState(global_options()))
    return _default[0]


def number(network: NetworkState) -> int:
    """Return the number of a network: 0 for the default one; others are numbered when this is first asked."""
    if network in _default:
        return 0
    if network not in _numbers:
        _numbers[network] = next(_next_number)
    return _numbers[network]


def numbered_network(net_id: int) -> NetworkState:
    """Return the network of a number.

    Raises
    ------
    ConfigurationError
        When there is none.
    """
    if net_id == 0:
        return default_network()
    for network, found in _numbers.items():
        if found == net_id:
            return network
    raise ConfigurationError(f"there is no network with net_id={net_id!r}: give the id of a network, such as net.id.")


def waiting_network() -> NetworkState:
    """Return a network of nobody's, from which a ready population can be taken into another one."""
    return NetworkState(replace(global_options()))


def clear() -> None:
    """Forget the default network and the shared functions; its options return to their defaults."""
    _default.clear()
    forget_functions()
    global_options.cache_clear()
