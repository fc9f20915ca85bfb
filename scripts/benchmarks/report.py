"""Results as a table and as a picture."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

__all__ = ["chart", "table"]

ORDER = ("distann", "prototype", "brian2", "nest", "annarchy", "numpy")
COLOURS = dict(zip(ORDER, ("#0072b2", "#999999", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"), strict=True))
Row = dict[str, Any]


def medians(results: list[Row]) -> list[Row]:
    """Return one row for each configuration: medians of the timed runs, rates of the recorded one."""
    keys = ("benchmark", "size", "ranks", "threads", "precision", "simulator")
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for result in results:
        groups.setdefault(tuple(result[key] for key in keys), []).append(result)
    rows = []
    for group in groups.values():
        timed = [r for r in group if not r["record"]] or group
        recorded = next((r for r in group if r["record"]), group[-1])
        row = {**timed[0], "factor": median(r["sim_s"] / r["model_s"] for r in timed)}
        row |= {name: median(r[name] for r in timed) for name in ("build_s", "compile_s", "rss_mb")}
        row |= {name: recorded[name] for name in ("rate_hz", "ns_per_event", "ns_per_update")}
        rows.append(row)
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[object, ...]:
    cores = row["ranks"] * row["threads"]
    return row["benchmark"], row["size"], cores, row["ranks"], row["precision"], ORDER.index(row["simulator"])


def table(results: list[Row]) -> str:
    """Return a Markdown table of `medians`, with the ratio of each simulator's time to distann's."""
    rows = medians(results)
    lines = [
        "| network | ranks x threads | precision | simulator | s per s | x distann | compile + build (s) | ns/event "
        "| ns/neuron-step | bytes/synapse | peak (MB) | rate (Hz) |",
        "|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        same = ("benchmark", "size", "ranks", "threads", "precision")
        own = next((r for r in rows if r["simulator"] == "distann" and all(r[k] == row[k] for k in same)), None)
        ratio = f"{row['factor'] / own['factor']:.2f}" if own else ""
        lines.append(
            f"| {row['benchmark']} {row['size']} | {row['ranks']} x {row['threads']} | {row['precision']} "
            f"| {row['simulator']} {row['version']} | {row['factor']:.4g} | {ratio} "
            f"| {row['compile_s']:.1f} + {row['build_s']:.1f} | {_known(row['ns_per_event'])} "
            f"| {_known(row['ns_per_update'])} | {_known(row['bytes_per_synapse'])} | {row['rss_mb']:.0f} "
            f"| {_known(row['rate_hz'])} |"
        )
    return "\n".join(lines)


def _known(value: float) -> str:
    return f"{value:.2f}" if value else ""


def chart(results: list[Row], path: Path) -> None:
    """Draw the times as bars, a panel a network; nothing without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = medians(results)
    if not rows:
        return
    networks = list(dict.fromkeys((r["benchmark"], r["size"]) for r in rows))
    figure, axes = plt.subplots(1, len(networks), figsize=(2.2 + 2.6 * len(networks), 4.0), squeeze=False)
    for ax, network in zip(axes[0], networks, strict=True):
        mine = [r for r in rows if (r["benchmark"], r["size"]) == network]
        names = [f"{r['simulator']}\n{r['ranks']}x{r['threads']} {r['precision'][-2:]}" for r in mine]
        ax.bar(range(len(mine)), [r["factor"] for r in mine], color=[COLOURS[r["simulator"]] for r in mine])
        ax.set_xticks(range(len(mine)), names, rotation=90, fontsize=7)
        ax.set_title(" ".join(network), fontsize=9)
        ax.set_yscale("log")
    axes[0][0].set_ylabel("wall time / biological time")
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
