"""Run examples and print, on rank 0, digests of all that they have computed: ``fingerprint.py EXAMPLE=MS ...``."""

import hashlib
import runpy
import sys

import numpy as np

import distann
from distann.runtime.spikes import Spikes
from distann.runtime.startup import start


def parts_of(value):
    """Return the arrays that an object of a script stands for; none for what is not a result."""
    if isinstance(value, distann.Population):
        return [np.asarray(value.get(attribute)) for attribute in value.attributes]
    if isinstance(value, distann.Projection):
        return list(value.synapses())
    if isinstance(value, Spikes):
        return [value.ids, value.times]
    return [value] if isinstance(value, np.ndarray) and not value.dtype.hasobject else []


lines = []
for argument in sys.argv[1:]:
    example, _, duration = argument.partition("=")
    sys.argv = [example, duration]
    computed = runpy.run_path(example, run_name="__main__")
    for name, value in sorted(computed.items()):
        parts = parts_of(value)
        if parts:
            digest = hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()
            lines.append(f"digest {example.rpartition('/')[2]} {name} {digest[:16]}\n")
    distann.clear()

if start().rank == 0:
    sys.stdout.write("".join(lines))
