"""Print constraints that hold the direct dependencies of pyproject.toml, and of some extras, at their lower bounds.

For `pip install -c`: `python .ci/lowest.py io cluster test > lowest.txt`.
"""

import sys
import tomllib
from pathlib import Path


def lowest(extras: list[str]) -> list[str]:
    """Constraints such as `numpy==2.0.0` for every `numpy>=2.0.0`, the highest bound of each package."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    bounds = dict(sorted(line.split(">=") for line in listed if ">=" in line))
    return [f"{package}=={version}" for package, version in bounds.items()]


sys.stdout.write("\n".join(lowest(sys.argv[1:])) + "\n")
