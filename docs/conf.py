"""The documentation as a website: what Sphinx reads, and how it shows it. Build it with `make docs`."""

import msvc_toolkit

project = "msvc-toolkit"
version = msvc_toolkit.__version__
copyright = "the msvc-toolkit authors; not affiliated with Twilio"  # noqa: A001 - Sphinx's name

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["docs/*.md", "notebooks/*.ipynb", "CONTRIBUTING.md", "CHANGELOG.md"]
exclude_patterns = ["build/**", "**/.ipynb_checkpoints"]

# The notebooks' outputs are stored and compared by nbval: they are shown, not run again.
nb_execution_mode = "off"
nb_mime_priority_overrides = [("html", "text/html", 0)]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "msvc-toolkit"
# GitHub draws the picture of the imports; a page here shows its text. Two classes may have a method of the same name.
suppress_warnings = ["misc.highlighting_failure", "ref.python"]
