"""Print the lowest version of each dependency that pyproject.toml allows, as constraints for pip.

Usage: oldest.py PYPROJECT [EXTRA...]
"""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
wanted = [*project["dependencies"], *(one for extra in sys.argv[2:] for one in project["optional-dependencies"][extra])]
for requirement in wanted:
    bounds = re.match(r"([A-Za-z0-9._-]+)>=([0-9.]+)", requirement)
    if bounds is None:
        sys.exit(f"{requirement!r} has no lower bound")
    print(f"{bounds[1]}=={bounds[2]}")
