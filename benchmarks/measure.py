# ruff: noqa: F821
"""Measures the addon in an Odoo shell, which gives ``env``; run.py sets CUSTOMERS in front. Prints RESULT and JSON."""

import json

from actions import Actions
from documents import Documents
from lists import Lists
from loader import Shop
from meter import Meter
from runs import Runs
from trials import Trials

Shop(env, CUSTOMERS, orders=CUSTOMERS * 10 // 3, history=CUSTOMERS * 10).load()
meter = Meter(env, CUSTOMERS)
env.cr.execute("ANALYZE")
for part in (Runs, Actions, Trials, Lists, Documents):
    part(meter).measure()
print("RESULT " + json.dumps(meter.rows))
