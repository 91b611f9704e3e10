"""``python -m msvc_toolkit`` is the command ``msvc``."""

from msvc_toolkit.cli import main

main()
