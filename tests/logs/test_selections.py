"""Selections: one that holds only a fault names it everywhere; a healthy one is called healthy, and only that."""

import re
from datetime import date, timedelta
from html import unescape

import pandas as pd
import pytest

from msvc_toolkit.logs import measures
from tests.logs.test_findings import FOUND_BY, made

SEEDS = (1, 2, 3, 5, 8)
