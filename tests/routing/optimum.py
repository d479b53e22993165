"""Least costs of assignments by scipy, one batch a line on standard input, one cost a line on standard output.

Every place of an expert becomes a column, and so does leaving each case.
"""

import json
import sys

import numpy
from scipy.optimize import linear_sum_assignment

FORBIDDEN = 10**9

for line in sys.stdin:
    batch = json.loads(line)
    columns = [(expert, cost) for expert, places in enumerate(batch["places"]) for cost in places]
    cases = batch["cases"]
    costs = numpy.full((len(cases), len(columns) + len(cases)), FORBIDDEN, dtype=numpy.int64)
    for row, case in enumerate(cases):
        own = dict(case["experts"])
        for column, (expert, place) in enumerate(columns):
            if expert in own:
                costs[row, column] = own[expert] + place
        costs[row, len(columns) + row] = case["unassigned"]
    rows, chosen = linear_sum_assignment(costs)
    print(int(costs[rows, chosen].sum()))
