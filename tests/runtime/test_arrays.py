"""Arrays that kernels use lie on cache lines and have room for whole vectors."""

from __future__ import annotations

import numpy as np
import pytest

from distann.codegen.ir import Axis, Field, Type
from distann.codegen.target import precision
from distann.runtime.arrays import Layout, aligned
from distann.runtime.partition import partition


@pytest.mark.parametrize("shape", [(0,), (1,), (17,), (3, 8)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_alignment(shape: tuple[int, ...], dtype: type) -> None:
    array = aligned(shape, np.dtype(dtype))
    assert array.shape == shape and array.dtype == dtype and not array.any()
    assert array.size == 0 or array.ctypes.data % 64 == 0


@pytest.mark.parametrize("name", ["float64", "float32"])
def test_layout(name: str) -> None:
    layout = Layout(precision(name), partition(50, 3, 1, 2))
    local = layout.allocate(Field("v", Axis.NEURON))
    assert local.shape == (layout.partition.padded,) and local.dtype == name
    assert layout.allocate(Field("n", Axis.NEURON, Type.INT)).dtype == name.replace("float", "int")
    shared = layout.allocate(Field("tau", Axis.OBJECT))
    assert shared.shape[0] == 2 and shared[0].nbytes == 64  # threads do not share a cache line
    layout.fill(local, Field("v", Axis.NEURON), np.arange(50.0))
    own = layout.partition
    assert local[: own.local].tolist() == list(range(own.begin, own.end)) and not local[own.local :].any()
    layout.fill(shared, Field("tau", Axis.OBJECT), 7.0)
    assert (shared == 7.0).all()
