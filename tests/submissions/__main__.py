import sys
from pathlib import Path

from . import ALL

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for submission in ALL:
    submission.write(folder)
print(f"wrote {len(ALL)} submissions to {folder}")
