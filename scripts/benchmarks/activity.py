"""What spikes look like, the same for every simulator: to see that the same network ran."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Spikes", "activity"]

Spikes = tuple[NDArray[Any], NDArray[Any], int]  # neurons from 0, times in ms, and how many neurons there are
BIN, COMPARED = 2.0, 200  # ms and neurons of the correlations


def activity(populations: Sequence[Spikes], duration_ms: float) -> dict[str, list[float]]:
    """Return, for each population, rate (Hz), variation of the intervals, and correlation.

    The coefficient of variation is the mean over neurons with at least three spikes; the correlation is that of the
    counts in bins of 2 ms, the mean over the pairs of the first 200 neurons that spiked. Where there are none it is 0.
    """
    return {
        "rates_hz": [round(1e3 * len(ids) / n / duration_ms, 3) for ids, _, n in populations],
        "cv_isi": [round(_variation(ids, times), 3) for ids, times, _ in populations],
        "correlation": [round(_correlation(ids, times), 5) for ids, times, _ in populations],
    }


def _variation(ids: NDArray[Any], times: NDArray[Any]) -> float:
    order = np.lexsort((times, ids))
    ids, times = ids[order], times[order]
    same = ids[1:] == ids[:-1]
    owner, interval = ids[1:][same], np.diff(times)[same]
    if not len(owner):
        return 0.0
    number, first, second = (np.bincount(owner, interval**power) for power in (0, 1, 2))
    kept = number >= 2
    mean = first[kept] / number[kept]
    spread = np.sqrt(np.maximum(second[kept] / number[kept] - mean**2, 0.0))
    return float((spread / mean).mean()) if kept.any() else 0.0


def _correlation(ids: NDArray[Any], times: NDArray[Any]) -> float:
    chosen = np.unique(ids)[:COMPARED]
    if len(chosen) < 2:
        return 0.0
    of = np.isin(ids, chosen)
    bins = ((times[of] - times[of].min()) / BIN).astype(int)
    counts = np.zeros((len(chosen), bins.max() + 1))
    np.add.at(counts, (np.searchsorted(chosen, ids[of]), bins), 1.0)
    varying = counts[counts.std(axis=1) > 0]
    pairs = np.triu_indices(len(varying), 1)
    return float(np.corrcoef(varying)[pairs].mean()) if len(varying) > 1 else 0.0
