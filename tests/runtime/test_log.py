"""Who speaks, and how often."""

from __future__ import annotations

import io
import warnings

import pytest

from distann.runtime import log
from tests.ranks import run_ranks


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_the_first_rank_speaks() -> None:
    done = run_ranks(
        """
import logging
logging.basicConfig(level=logging.INFO)
from distann.runtime.startup import start
from distann.runtime.log import logger, report, warn_once
comm = start()
report("done")
logger.info("about %d ranks", comm.size)
logging.getLogger("distann.build").warning("built")
for _ in range(3):
    warn_once("beware")
warn_once("beware, too", RuntimeWarning)
""",
        3,
    )
    assert done.returncode == 0
    assert done.stdout == "done\n"
    assert done.stderr.count("INFO:distann:about 3 ranks") == 1
    assert done.stderr.count("built") == 1
    assert done.stderr.count("UserWarning: beware\n") == 1
    assert done.stderr.count("RuntimeWarning: beware, too\n") == 1
    assert "<string>:11: UserWarning" in done.stderr


@pytest.mark.parametrize("chosen", [None, "pdf"])
def test_other_ranks_draw_without_a_window(chosen: str | None) -> None:
    text = """
import os
os.environ.pop("MPLBACKEND")
{choice}
{first}
from distann.runtime.startup import start
comm = start()
import matplotlib
backend = dict.__getitem__(matplotlib.rcParams, "backend")
words = comm.allgather(str(backend).lower() if isinstance(backend, str) else "any")
if comm.rank == 0: print(*words)
"""
    pytest.importorskip("matplotlib")
    for first in ("", "import matplotlib.pyplot"):
        choice = f"os.environ['MPLBACKEND'] = {chosen!r}" if chosen else ""
        done = run_ranks(text.format(choice=choice, first=first), 2)
        assert done.stdout.split() == [chosen or "any", chosen or "agg"], done.stderr


def test_warning_names_the_line_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_warned", set())
    with pytest.warns(RuntimeWarning, match="careful") as seen:
        log.warn_once("careful", RuntimeWarning)
    assert seen[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log.warn_once("careful", RuntimeWarning)


def test_progress_says_how_far_how_fast_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log.Progress, "delay_s", 0.0)
    monkeypatch.setattr(log.Progress, "period_s", 0.0)
    terminal = Terminal()
    progress = log.Progress(2000.0, terminal)
    bar = "[######..................]  25%  500 of 2000 ms"
    assert progress.line(500.0, 1.0) == f"{bar}  real-time factor 2  0:03 left"
    assert "1:01:00 left" in log.Progress(2.0, terminal).line(1.0, 3660.0)
    assert progress.line(0.0, 1.0).endswith("0 of 2000 ms")
    progress.update(500.0)
    progress.update(2000.0)
    assert terminal.getvalue().count("\r") == 2
    assert "100%  2000 of 2000 ms" in terminal.getvalue()
    progress.close()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_progress_is_silent_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log.Progress, "delay_s", 0.0)
    for silent, stream in ((False, io.StringIO()), (True, Terminal())):
        monkeypatch.setattr(log, "_silent", silent)
        progress = log.Progress(10.0, stream)
        progress.update(5.0)
        progress.close()
        assert stream.getvalue() == ""


def test_short_simulations_show_no_progress() -> None:
    terminal = Terminal()
    progress = log.Progress(10.0, terminal)
    progress.update(5.0)
    progress.close()
    assert terminal.getvalue() == ""
