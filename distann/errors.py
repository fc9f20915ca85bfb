"""Every error of distann. An error carries its data as attributes and builds its sentence in ``__init__``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "CheckpointError",
    "CompilerError",
    "ConfigurationError",
    "DistannError",
    "DivergenceError",
    "EquationError",
    "FileError",
    "KernelError",
    "LaunchError",
    "MissingPackageError",
    "NotCompiledError",
    "RecordingError",
    "RepeatedPairError",
    "RunError",
    "UnknownAttributeError",
    "UnsupportedError",
    "ValueShapeError",
    "closest",
]


def closest(name: str, known: Iterable[str]) -> str:
    """Return ``"did you mean 'x'?"`` for the known name that resembles `name` most, or an empty string."""
    names = list(known)
    found = [other for other in names if other.lower() == name.lower()]
    found += difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else ""


class DistannError(Exception):
    """Base of every error that distann raises on purpose."""


class EquationError(DistannError):
    """A model's text cannot be understood or does not make sense.

    Parameters
    ----------
    reason : str
        What is wrong, in the words of the field.
    text : str
        The user's own line, unchanged.
    line : int
        Number of that line inside its block, from 1.
    column : int
        Where the caret goes, from 0.
    length : int
        How many characters the caret underlines.
    block : str
        Which text of the model: ``"equations"``, ``"parameters"``, ``"spike"``...
    model : str
        Name of the neuron or synapse, empty where it is not known yet.
    suggestion : str
        What to write instead.
    """

    def __init__(
        self,
        reason: str,
        *,
        text: str = "",
        line: int = 1,
        column: int = 0,
        length: int = 1,
        block: str = "equations",
        model: str = "",
        suggestion: str = "",
    ) -> None:
        self.reason, self.text, self.line, self.column = reason, text, line, column
        self.length, self.block, self.model, self.suggestion = length, block, model, suggestion
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        where = f"{self.model}, {self.block}" if self.model else self.block
        parts = [f"{where}, line {self.line}: {self.reason}"]
        if self.text:
            parts += [f"    {self.text}", "    " + " " * self.column + "^" * max(1, self.length)]
        if self.suggestion:
            parts.append(self.suggestion)
        return "\n".join(parts)

    def within(self, model: str) -> EquationError:
        """Return the same error, naming `model`."""
        return EquationError(
            self.reason,
            text=self.text,
            line=self.line,
            column=self.column,
            length=self.length,
            block=self.block,
            model=model,
            suggestion=self.suggestion,
        )


class UnsupportedError(DistannError):
    """Things that are each valid cannot be combined."""


class ConfigurationError(DistannError, ValueError):
    """An argument, an option or a structure of the network is wrong."""


class ValueShapeError(ConfigurationError):
    """An array does not have the shape of what it is assigned to."""

    def __init__(self, name: str, expected: tuple[int, ...], got: tuple[int, ...]) -> None:
        self.name, self.expected, self.got = name, expected, got
        super().__init__(f"'{name}' has shape {expected}, but the value assigned to it has shape {got}.")


class RepeatedPairError(ConfigurationError):
    """Synapses that are listed contain a pair twice.

    Parameters
    ----------
    post, pre : int
    """

    def __init__(self, post: int, pre: int) -> None:
        self.post, self.pre = post, pre
        super().__init__(
            f"the pair (post {post}, pre {pre}) is listed twice; allow_multapses=True makes both of them synapses."
        )


class UnknownAttributeError(DistannError, AttributeError):
    """An object has no parameter or variable of that name."""

    def __init__(self, owner: str, attribute: str, known: Iterable[str]) -> None:
        self.owner, self.attribute, self.known = owner, attribute, tuple(known)
        hint = closest(attribute, self.known) or f"it has: {', '.join(self.known) or 'none'}."
        super().__init__(f"{owner} has no attribute '{attribute}'; {hint}")


class NotCompiledError(DistannError):
    """Something needs the compiled network, and ``compile()`` has not been called."""

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(f"{action} needs the compiled network: call compile() first.")


class MissingPackageError(DistannError, ImportError):
    """A feature needs a package that is not installed."""

    def __init__(self, use: str, module: str, group: str) -> None:
        self.use, self.module, self.group = use, module, group
        super().__init__(f"{use} needs the package {module}: pip install 'distann[{group}]', or pip install {module}.")


class CompilerError(DistannError):
    """No C++ compiler was found, or it refused the generated source."""


class LaunchError(DistannError):
    """The launcher and the MPI library do not fit together."""


class FileError(DistannError, ValueError):
    """A file cannot be read, or does not hold what it should.

    Parameters
    ----------
    path : str
    reason : str
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"file '{path}': {reason}")


class DivergenceError(DistannError):
    """The ranks of one job have been given different things to do."""


class RecordingError(DistannError):
    """Records cannot be written."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"the records cannot be written to {path}: {reason}. What was written before is still there.")


class KernelError(DistannError):
    """The engine failed while it was running.

    Parameters
    ----------
    message : str
        What the engine said.
    rank : int
        On which rank.
    """

    def __init__(self, message: str, rank: int) -> None:
        self.message, self.rank = message, rank
        super().__init__(f"rank {rank}: {message}")


class CheckpointError(DistannError):
    """A checkpoint cannot be written, is damaged, or is not one of this network.

    Parameters
    ----------
    path : str
    reason : str
        What is wrong, without a full stop.
    remedy : str
        What can be done.
    """

    def __init__(self, path: str, reason: str, remedy: str = "") -> None:
        self.path, self.reason, self.remedy = path, reason, remedy
        super().__init__(f"checkpoint {path}: {reason}.{' ' + remedy if remedy else ''}")


class RunError(DistannError):
    """One run of several failed.

    Parameters
    ----------
    run : int
        Which one, from 0.
    reason : str
        What went wrong: the traceback of its process.
    """

    def __init__(self, run: int, reason: str) -> None:
        self.run, self.reason = run, reason
        super().__init__(f"run {run} of parallel_run failed: {reason}")
