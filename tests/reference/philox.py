"""The random numbers of a network, in numpy: Philox4x32-10 (Salmon et al., SC 2011), from the published algorithm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MASK = np.uint64(0xFFFFFFFF)


def words(seed: int, stream: int, step: int, blocks: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    """Return the four words of each block, counter (block, step low, step high, stream), key (seed low, seed high)."""
    low, high = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)
    a, b, x, y = (
        blocks & MASK, np.full_like(blocks, step & 0xFFFFFFFF), np.full_like(blocks, step >> 32),
        np.full_like(blocks, stream),
    )  # fmt: skip
    for _ in range(10):
        p, q = a * np.uint64(0xD2511F53), x * np.uint64(0xCD9E8D57)
        a, b, x, y = (q >> np.uint64(32)) ^ b ^ low, q & MASK, (p >> np.uint64(32)) ^ y ^ high, p & MASK
        low, high = (low + np.uint64(0x9E3779B9)) & MASK, (high + np.uint64(0xBB67AE85)) & MASK
    return [a, b, x, y]


def uniforms(seed: int, population: int, draw: int, step: int, size: int) -> NDArray[np.float64]:
    """Return the numbers of one random term: two neurons share a block, each takes 52 bits of two of its words."""
    neurons = np.arange(size, dtype=np.uint64)
    block = words(seed, population << 8 | draw, step, neurons // np.uint64(2))
    odd = neurons % np.uint64(2) == 1
    word = np.where(odd, block[2], block[0]) | np.where(odd, block[3], block[1]) << np.uint64(32)
    return (2.0 * (word >> np.uint64(12)).astype(np.float64) + 1.0) * 2.0**-53
