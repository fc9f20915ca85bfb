"""The tests use the checkout they lie in, installed or not; kernels are kept in the user's own cache."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
