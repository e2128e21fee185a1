"""Starts a worker; its parent, not a person, runs this. See Docs/worker.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from m3dt_worker.serving import main  # noqa: E402

if __name__ == "__main__":
    main()
