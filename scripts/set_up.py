"""Make .venv and install the toolkit into it, editable, with the versions of constraints.txt.

    python3 scripts/set_up.py [EXTRAS]

uv installs it, fetched from PyPI into .venv; pip does where uv cannot be fetched or fails. Both follow the machine's
settings of pip (pip.conf, PIP_* variables), which uv does not read by itself. Neither compiles bytecode ahead: Python
compiles what is imported, which is a small part of what is installed.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]

UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "no-index": "UV_NO_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}
"""A setting of pip, and the environment variable that says the same to uv.

Source: pip documentation, "Configuration"; uv documentation, "Environment variables" (both read 2026-11-30).
"""


def main(extras: str) -> int:
    """Return 0 once the toolkit is installed, with these extras of pyproject.toml ("test,spark", or none)."""
    if not _done([sys.executable, "-m", "venv", ".venv"]):
        return 1
    install = ["--quiet", "--constraint", "constraints.txt", "--editable", f".[{extras}]" if extras else "."]
    if _done([*PIP, "install", "--quiet", "--constraint", "constraints.txt", "uv"]):
        if _done([str(PYTHON), "-m", "uv", "pip", "install", "--python", str(PYTHON), *install], uv_environment()):
            return 0
        print("uv could not install everything; trying pip, which takes longer.", file=sys.stderr)
    return 0 if _done([*PIP, "install", "--no-compile", *install]) else 1


def pip_settings() -> dict[str, str]:
    """The machine's settings for `pip install`, from its files and the environment."""
    settings = {}
    lines = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=False).stdout.splitlines()
    for scope in ("global.", "install.", ":env:."):  # a later one wins
        for line in lines:
            name, _, value = line.partition("=")
            if name.startswith(scope):
                settings[name[len(scope) :]] = ast.literal_eval(value)
    return settings


def uv_environment() -> dict[str, str]:
    """The environment for uv: what pip is set to, unless a variable of uv's own says otherwise."""
    translated = {"UV_SYSTEM_CERTS": "true", "UV_BUILD_CONSTRAINT": "constraints.txt"}
    for setting, value in pip_settings().items():
        if setting in UV_VARIABLES:
            translated[UV_VARIABLES[setting]] = (",".join if setting == "find-links" else " ".join)(value.split())
    # pip takes the best version of all indexes; uv by default takes the first index that knows the name.
    translated["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return translated | os.environ


def _done(command: list[str], env: dict[str, str] | None = None) -> bool:
    """Whether the command, run in the checkout, succeeded."""
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
