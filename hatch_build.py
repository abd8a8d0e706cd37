"""Build hook: makes the binary copy of the embedded snapshot from its CSV, with hull energies.

Both the wheel and an editable install hold the copy; the repository and the source distribution hold the CSV alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SnapshotBuildHook(BuildHookInterface):
    """Add `interfacekit/data/mp2019_formation_energies.npz` to what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the copy where it is not there already: it takes some seconds, most of them to compile one kernel."""
        del version
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from interfacekit.entries.snapshot import current_binary

            binary = current_binary(root / "interfacekit" / "data", threads=os.cpu_count() or 1)
        except Exception as error:  # noqa: BLE001  # the package works without the copy, only slower
            self.app.display_warning(f"the package is built without the binary copy of its energies: {error}")
            return
        finally:
            sys.path.remove(str(root))
        build_data["artifacts"].append(binary.relative_to(root).as_posix())
