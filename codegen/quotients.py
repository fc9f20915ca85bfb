"""Which of the words ``d<name>/dt`` in a model's texts are no derivatives: ``delta/dt`` where delta is a parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["quotients"]

_WORD = r"(?<![\w.])[A-Za-z_]\w*"
_DERIVATIVE = re.compile(r"(?<![\w.])(d\w+)[ \t]*/[ \t]*dt\b")
# A derivative that an equation gives: `dx/dt = ...`.
_SOLVED = re.compile(rf"(?:^|[;\n])[ \t]*{_DERIVATIVE.pattern}[ \t]*=(?!=)")


def quotients(texts: Iterable[str], constants: Iterable[str] = ()) -> frozenset[str]:
    """Return the names that are divided by dt where it could be read as a derivative.

    ``delta/dt`` is a quotient when the texts use the name delta elsewhere, or it is a constant of the network, and
    neither use the name elta nor have an equation ``delta/dt = ...``.

    Parameters
    ----------
    texts : iterable of str
        All of one model.
    constants : iterable of str
    """
    text = "\n".join(line.split("#")[0] for part in texts for line in part.split("\n"))
    written = set(_DERIVATIVE.findall(text))
    if not written:
        return frozenset()
    names = {*re.findall(_WORD, _DERIVATIVE.sub(" ", text)), *constants}
    solved = set(_SOLVED.findall(text))
    return frozenset(name for name in written - solved if name in names and name[1:] not in names)
