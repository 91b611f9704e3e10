"""Spark on this machine, as a log needs it: in UTC, only on loopback, and without its log output."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msvc_toolkit.errors import ToolkitError

_OPTIONS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}


def local_spark(cores: int = 2) -> Any:
    """Start Spark on this machine, or return the one that runs.

    A cluster has its session already: hand a DataFrame of it to `Log`.

    Args:
        cores: How many cores it may use, and how many partitions it makes.

    Returns:
        The ``SparkSession``.

    Raises:
        ToolkitError: PySpark or Java is missing.
    """
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra
    except ImportError as missing:
        raise ToolkitError(
            "PySpark is not installed. In a clone: make lab EXTRAS=spark; elsewhere: pip install 'pyspark>=4.1'."
        ) from missing
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise ToolkitError(
            "Spark needs Java 17 and there is none. On Debian and Ubuntu: apt-get install openjdk-17-jre"
        )
    builder = SparkSession.builder.master(f"local[{cores}]").appName("msvc-toolkit")
    for name, value in (_OPTIONS | {"spark.sql.shuffle.partitions": str(cores)}).items():
        builder = builder.config(name, value)
    with _silence(), warnings.catch_warnings(action="ignore"):
        return builder.getOrCreate()


@contextmanager
def _silence() -> Iterator[None]:
    """Turn this process's error stream away: Java inherits it, and talks before it can be told not to."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
