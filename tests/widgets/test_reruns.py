"""A cell that is run again does not keep what it showed before."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_form_cell_that_is_run_again_leaves_one_form():
    """After many runs of every form's cell in the notebooks there are as many widgets and forms as after two."""
    script = Path(__file__).with_name("rerun_cells.py")
    ran = subprocess.run(
        [sys.executable, str(script), str(ROOT / "notebooks")], capture_output=True, text=True, timeout=240, check=False
    )
    assert ran.returncode == 0, ran.stderr

    alive = json.loads(ran.stdout.splitlines()[-1])
    assert len(alive) >= 9
    for cell, counts in alive.items():
        after_two, after_all = (count[:2] for count in counts)
        assert min(after_two) > 0, cell
        assert after_all == after_two, cell
