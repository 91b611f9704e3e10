"""``python -m msvc_toolkit`` is the command ``msvc``."""

from msvc_toolkit.cli.main import main

main()
