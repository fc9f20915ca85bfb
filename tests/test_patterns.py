"""The twenty firing patterns of the example are those of the published figure."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "izhikevich_patterns.py"


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("figure"))
        patch.setenv("MPLBACKEND", "Agg")
        found: dict[str, Any] = runpy.run_path(str(EXAMPLE), run_name="__main__")["traces"]
    return found


def spikes(traces: dict[str, Any], name: str) -> Any:
    times, _, steps, _ = traces[name]
    return times[steps]


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("phasic spiking", (20, 80)), ("spike latency", (20, 40)), ("subthreshold oscillations", (20, 40)),
        ("resonator", (320, 345)), ("integrator", (12, 25)), ("rebound spike", (30, 90)),
        ("threshold variability", (80, 100)), ("depolarising after-potential", (9, 14)), ("accommodation", (300, 320)),
    ],
)  # fmt: skip
def test_patterns_with_one_spike(traces: dict[str, Any], name: str, window: tuple[float, float]) -> None:
    (time,) = spikes(traces, name)
    assert window[0] < time < window[1]


@pytest.mark.parametrize("name", ["tonic bursting", "phasic bursting", "rebound burst", "inhibition-induced bursting"])
def test_bursts_are_spikes_in_quick_succession(traces: dict[str, Any], name: str) -> None:
    intervals = np.diff(spikes(traces, name))
    assert np.median(intervals) < 6.0
    bursts = 1 + (intervals > 15.0).sum()
    assert bursts == 1 if name in ("phasic bursting", "rebound burst") else bursts > 1


def test_rates(traces: dict[str, Any]) -> None:
    adaptation = np.diff(spikes(traces, "frequency adaptation")[:6])
    assert (np.diff(adaptation) > 0).all()
    first, second = (1000.0 / np.diff(spikes(traces, f"class {n} excitable"))[0] for n in (1, 2))
    assert first < 30.0 < second  # class 1 begins slowly, class 2 at once
    mixed = np.diff(spikes(traces, "mixed mode"))
    assert mixed[:2].max() < 8.0 and mixed[3:].min() > 20.0


def test_what_begins_and_ends_with_the_current(traces: dict[str, Any]) -> None:
    bistable, inhibited = spikes(traces, "bistability"), spikes(traces, "inhibition-induced spiking")
    assert 37.0 < bistable[0] < 50.0 and bistable[-1] < 225.0 and len(bistable) > 3
    assert inhibited[0] > 50.0 and inhibited[-1] < 260.0
