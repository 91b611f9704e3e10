from . import charts, measures
from .calls import open_logs, pull_logs
from .explorer.explorer import LogExplorer
from .importer.importer import import_logs
from .log import Log
from .report import log_report
from .roster import opt_outs

__all__ = [
    "Log",
    "LogExplorer",
    "charts",
    "import_logs",
    "log_report",
    "measures",
    "open_logs",
    "opt_outs",
    "pull_logs",
]
