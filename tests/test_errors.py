"""Mistakes get messages that say what is wrong, where, and what to do about it."""

from __future__ import annotations

import pytest

from distann import DistannError
from tests.bad_inputs import PAGE, ROWS, Row, error_of, page


@pytest.mark.parametrize("row", ROWS, ids=[row.title for row in ROWS])
def test_message(row: Row) -> None:
    error = error_of(row)
    assert type(error) is row.error, repr(error)
    assert isinstance(error, DistannError)
    for part in row.says:
        assert part in str(error), str(error)


def test_every_row_is_another_mistake() -> None:
    mistakes = {(row.script, str(row.environment)) for row in ROWS}
    assert len({row.title for row in ROWS}) == len(mistakes) == len(ROWS) >= 30


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.bad_inputs"
