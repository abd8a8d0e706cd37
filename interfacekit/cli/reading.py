"""The configuration of a command, from a file and its options, before any work."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacekit.cli.messages import new_echoes, show_resuming
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interfacekit.config import Config

_log = logging.getLogger(__name__)


def require_environment() -> None:
    """Raise `InputError` where numpy would fail as it is imported: it takes the time of reproducible builds for one."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not (epoch.isascii() and epoch.isdigit()):
        raise InputError(f"SOURCE_DATE_EPOCH must be whole seconds since 1970, got {epoch!r}; correct or unset it")


def read(model: type[Config], words: Mapping[str, Any]) -> Config:
    """Join the configuration file and the command line, and make sure that outputs can be written before any work.

    Parameters
    ----------
    model
        Of the configuration.
    words
        The command line: options by the names of their parameters, None where they are not given.
    """
    from interfacekit.config import read_config
    from interfacekit.config.files import check_files

    require_environment()
    given = {key: value for key, value in words.items() if key in model.model_fields and value not in (None, (), [])}
    if words["config"] == "":
        raise InputError("config is empty; give a value, or leave config out")
    config = None if words["config"] is None else Path(words["config"])
    trusted = bool(words.get("trust_config"))
    if trusted and config is None:
        raise InputError("trust-config belongs to --config YAML; name the file, or leave trust-config out")
    options = read_config(model, config, given, trusted=trusted, echoes=new_echoes())
    _log.info("options: %s", options.model_dump(exclude_defaults=True, mode="json"))
    show_resuming()
    if options.output:
        from interfacekit.export.files import check_outputs

        check_outputs(options.output, [*model.OUTPUTS])
    check_files(options, config)
    return options
