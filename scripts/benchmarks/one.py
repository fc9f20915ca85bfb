"""One run in a process of its own: ``python one.py coba distann '{"size": "4000"}'``. Prints a line of JSON."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    """Run what the command line says; the result is the last line."""
    sys.path.insert(0, str(HERE))
    if (HERE.parents[1] / "distann").is_dir():  # the checkout before whatever is installed
        sys.path.insert(1, str(HERE.parents[1]))
    benchmark, simulator, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    sys.argv = sys.argv[:1]  # some simulators read it
    from measure import Settings, Skip, rank

    try:
        result = getattr(importlib.import_module(benchmark), simulator)(Settings(**settings))
    except Skip as reason:
        print(json.dumps({"skipped": str(reason)}))
    except ImportError as error:
        print(json.dumps({"skipped": f"{simulator} is not installed ({error})"}))
    else:
        if rank() == 0:
            print("\n" + result.line())


if __name__ == "__main__":
    main()
