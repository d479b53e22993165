"""Prints the holidays that the Python package `holidays` knows for each French territory, as JSON.

usage: holidays_table.py FIRST_YEAR LAST_YEAR
"""

import json
import sys

import holidays

# Our codes of territories and the package's subdivisions. Mainland France is no subdivision.
SUBDIVISIONS = {
    "FR": None,
    "FR-6AE": "6AE",
    "FR-GP": "971",
    "FR-MQ": "972",
    "FR-GF": "973",
    "FR-RE": "974",
    "FR-YT": "976",
    "PM": "PM",
    "BL": "BL",
    "MF": "MF",
    "NC": "NC",
    "PF": "PF",
    "PF-M": "PF",
    "PF-G": "PF",
    "WF": "WF",
}

first, last = int(sys.argv[1]), int(sys.argv[2])
table = {
    code: sorted(
        day.isoformat()
        for day in holidays.country_holidays("FR", subdiv=subdivision, years=range(first, last + 1))
    )
    for code, subdivision in SUBDIVISIONS.items()
}
json.dump(table, sys.stdout)
