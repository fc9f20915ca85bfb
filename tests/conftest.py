"""The tests use the checkout they lie in, installed or not; kernels are kept in the user's own cache."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# The same examples in each run; `pytest --hypothesis-profile=thorough tests/codegen` takes 20,000 of each.
settings.register_profile("quick", max_examples=150, deadline=None, derandomize=True, database=None)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=20_000)
settings.load_profile("quick")
