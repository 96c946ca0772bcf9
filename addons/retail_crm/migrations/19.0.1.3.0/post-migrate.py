from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

# as the standard strategies of new companies have them, by code of the segment
FIRST_ANSWER_HOURS = {"strategic": 4, "key": 8}
BATCH = 1000


def migrate(cr, version):
    """Strategies that were there before they acted, and deliveries that are on their way."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    _set_first_answer_hours(env)
    _give_open_deliveries_their_class(env)


def _set_first_answer_hours(env):
    """Where nobody has changed the default."""
    default = env["retail.strategy"].default_get(["first_answer_hours"])["first_answer_hours"]
    for code, hours in FIRST_ANSWER_HOURS.items():
        strategies = env["retail.strategy"].search(
            [("segment_id.code", "=", code), ("first_answer_hours", "=", default)]
        )
        strategies.first_answer_hours = hours


def _give_open_deliveries_their_class(env):
    """They compete for stock with new ones, which get their class when they are made."""
    found = env["stock.picking"].search(
        [
            ("picking_type_code", "=", "outgoing"),
            ("state", "not in", ("done", "cancel")),
            ("retail_frozen_strategy_id", "=", False),
        ]
    )
    for ids in split_every(BATCH, found.ids):
        for delivery in found.browse(ids):
            delivery._note_service_class()
            delivery._note_rank_on_moves()
        env.flush_all()
        env.invalidate_all()
