# ruff: noqa: F821
"""The nightly expiry of LOTS lots, in an Odoo shell, which gives ``env``; points.py sets LOTS and PART in front.

PART "fill" makes the lots and measures the job and the bare update of the same rows, both undone; "finish" lets the job
end what a killed one began, and checks that every lot expired once.
"""

import json

from meter import Meter

from odoo.tools import SQL

LOTS_OF_A_WALLET = 5
meter = Meter(env, LOTS)


def fill():
    """Lots whose last day was in 2020, five in each wallet, with the moves that made them."""
    program = env["loyalty.program"].create(
        {"name": "Bench", "program_type": "loyalty", "applies_on": "both", "retail_expiry": "days"}
    )
    env.flush_all()
    env.cr.execute(
        SQL(
            """INSERT INTO retail_points_wallet (program_id, company_id, active, debt, debit_count)
               SELECT %(program)s, %(company)s, TRUE, 0, 0 FROM generate_series(1, %(wallets)s);
               INSERT INTO retail_points_lot (wallet_id, amount, remaining, is_pending, earned_on, expires_on)
               SELECT wallet.id, 10, 10, FALSE, DATE '2019-01-01' + number, DATE '2020-01-01' + number
                 FROM retail_points_wallet wallet, generate_series(1, %(each)s) number;
               INSERT INTO retail_points_move (wallet_id, lot_id, kind, amount, available_amount, source_key, part,
                                               moment, user_id)
               SELECT wallet_id, id, 'earn', 10, 10, 'bench:' || id, 1, now() AT TIME ZONE 'UTC', 1
                 FROM retail_points_lot""",
            program=program.id,
            company=program.company_id.id or None,
            wallets=LOTS // LOTS_OF_A_WALLET,
            each=LOTS_OF_A_WALLET,
        )
    )
    meter.vacuum("retail_points_wallet", "retail_points_lot", "retail_points_move")


def expire_all():
    while env["retail.points.ageing"]._expire_batch():
        pass


def update_bare():
    env.cr.execute(
        "UPDATE retail_points_lot SET remaining = 0 WHERE remaining > 0 AND expires_on < CURRENT_DATE"
    )


def write_bare():
    """What has to be written in any case: lots, wallets, and a move for each lot."""
    update_bare()
    env.cr.execute(
        """UPDATE retail_points_wallet SET debit_count = debit_count + 1;
           INSERT INTO retail_points_move (wallet_id, lot_id, kind, amount, available_amount, source_key, part,
                                           moment, user_id)
           SELECT wallet_id, id, 'expire', -10, -10, 'bare:' || id, 1, now() AT TIME ZONE 'UTC', 1
             FROM retail_points_lot"""
    )


def measure():
    tables = ("retail_points_wallet", "retail_points_lot", "retail_points_move")
    spent = []
    for work in (update_bare, write_bare, expire_all):
        spent.append(meter.cpu(meter.undone(work)))
        meter.vacuum(*tables)
    bare, written, job = spent
    meter.report(f"bare UPDATE of {LOTS:,} lots", bare, "CPU s")
    meter.report("expiry of the same lots / bare UPDATE", job / bare, at_most=10)
    meter.report("expiry of the same lots / bare writing of lots, wallets and moves", job / written)


def finish():
    expire_all()
    env.cr.commit()
    env.cr.execute(
        """SELECT count(*), count(DISTINCT lot_id), -sum(amount) FROM retail_points_move WHERE kind = 'expire'"""
    )
    moves, lots, points = env.cr.fetchone()
    is_once = (moves, lots, points) == (LOTS, LOTS, LOTS * 10)
    meter.rows.append(
        ["lots expired once after the job was killed and run again", f"{lots:,}", "", f"{LOTS:,}", is_once]
    )
    meter.report("moves of the job run once more", env["retail.points.ageing"]._expire_batch(), "", at_most=0)
    wrong = env["retail.points.wallet"].search([], limit=2000)._find_wrong_sums()
    meter.report("wallets that do not add up, of 2,000", len(wrong), "", at_most=0)


if PART == "fill":
    fill()
    measure()
else:
    finish()
print("RESULT " + json.dumps(meter.rows))
