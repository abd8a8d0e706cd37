"""What a command or a workflow is asked to do, as one validated document: from YAML, from the command line, or both."""

from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.config.conductivities import BarriersToConductivityConfig
    from interfacekit.config.founding import StudyConfig
    from interfacekit.config.kinetics import BenchConfig, BulkRun, BulkTransportConfig, KmcConfig
    from interfacekit.config.models import Config, EnergiesConfig, RunConfig
    from interfacekit.config.reading import read_config
    from interfacekit.config.screening import CoatingsConfig, ScreenConfig
    from interfacekit.config.shells import ShellThicknessConfig
    from interfacekit.config.stacks import SclConfig, ShellConfig, StackConfig
    from interfacekit.config.structures import BarriersConfig, CrystalConfig, InterfaceConfig, NetworkConfig
    from interfacekit.config.thermodynamics import EntriesConfig, MapConfig, ReactConfig, WindowConfig

_HOMES = {
    "interfacekit.config.conductivities": ("BarriersToConductivityConfig",),
    "interfacekit.config.founding": ("StudyConfig",),
    "interfacekit.config.kinetics": (
        "BenchConfig",
        "BulkRun",
        "BulkTransportConfig",
        "KmcConfig",
    ),
    "interfacekit.config.models": (
        "Config",
        "EnergiesConfig",
        "RunConfig",
    ),
    "interfacekit.config.stacks": (
        "SclConfig",
        "ShellConfig",
        "StackConfig",
    ),
    "interfacekit.config.thermodynamics": (
        "EntriesConfig",
        "MapConfig",
        "ReactConfig",
        "WindowConfig",
    ),
    "interfacekit.config.reading": ("read_config",),
    "interfacekit.config.screening": (
        "CoatingsConfig",
        "ScreenConfig",
    ),
    "interfacekit.config.shells": ("ShellThicknessConfig",),
    "interfacekit.config.structures": (
        "BarriersConfig",
        "CrystalConfig",
        "InterfaceConfig",
        "NetworkConfig",
    ),
}

__all__ = [
    "BarriersConfig",
    "BarriersToConductivityConfig",
    "BenchConfig",
    "BulkRun",
    "BulkTransportConfig",
    "CoatingsConfig",
    "Config",
    "CrystalConfig",
    "EnergiesConfig",
    "EntriesConfig",
    "InterfaceConfig",
    "KmcConfig",
    "MapConfig",
    "NetworkConfig",
    "ReactConfig",
    "RunConfig",
    "SclConfig",
    "ScreenConfig",
    "ShellConfig",
    "ShellThicknessConfig",
    "StackConfig",
    "StudyConfig",
    "WindowConfig",
    "read_config",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
