"""The command line: ``distann cache info|list|clear`` and ``distann --version``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from distann import __version__
from distann.build import cache, find_toolchain
from distann.errors import CompilerError, DistannError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the name of the program; by default what the user typed.

    Returns
    -------
    int
        The exit status: 0, or 1 after an error, which is told on the error stream.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    try:
        _ACTIONS[chosen.action]()
    except DistannError as error:
        print(f"distann: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="distann", description="Distributed simulation of neural networks.")
    parser.add_argument("--version", action="version", version=f"distann {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    about = "compiled models, kept so that a script need not compile twice"
    actions = commands.add_parser("cache", help=about, description=about).add_subparsers(
        dest="action", metavar="action", required=True
    )
    actions.add_parser("info", help="where it is, how full, and which compiler is used")
    actions.add_parser("list", help="what is in it, the last used first")
    actions.add_parser("clear", help="remove all of it")
    return parser


def _info() -> None:
    facts = cache.info()
    print(f"folder    {facts.location}{'' if facts.exists else ' (not made yet)'}")
    print(f"entries   {facts.entries}")
    print(f"size      {_size(facts.size)} of {_size(facts.limit)}")
    try:
        toolchain = find_toolchain()
        print(f"compiler  {toolchain.path}: {toolchain.version}")
    except CompilerError as error:
        print(f"compiler  none: {error}")


def _list() -> None:
    entries = cache.entries()
    if not entries:
        print("The cache is empty.")
        return
    print(f"{'key':12}  {'last used':16}  {'size':>8}  {'compiled':>8}  name")
    for entry in entries:
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used))
        seconds = f"{entry.facts.seconds:.1f} s" if entry.facts else "-"
        name = entry.facts.name if entry.facts else f"refused by the compiler: {entry.path}"
        print(f"{entry.key[:12]}  {used}  {_size(entry.size):>8}  {seconds:>8}  {name}")


def _clear() -> None:
    count, size = cache.clear()
    print(f"Removed {count} {'entry' if count == 1 else 'entries'}, {_size(size)}.")


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{size / 2**10:.1f} kB"


_ACTIONS = {"info": _info, "list": _list, "clear": _clear}
