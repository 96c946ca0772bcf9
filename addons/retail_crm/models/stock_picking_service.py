from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    retail_service_note = fields.Char(
        string="Place in the queue",
        compute="_compute_retail_service_note",
        compute_sudo=True,
        groups="base.group_user",
        help="Why the delivery was served first, or why it waits.",
    )

    @api.depends("move_ids.state", "move_ids.quantity", "move_ids.product_uom_qty", "priority")
    @api.depends_context("lang", "tz")
    def _compute_retail_service_note(self):
        """Meant for one transfer on the screen: up to 3 queries for each product that it waits for."""
        for picking in self:
            moves = picking.move_ids.filtered(
                lambda move: (
                    move.state in ("confirmed", "partially_available", "assigned")
                    and not move._should_bypass_reservation()
                )
            )
            notes = [picking._say_last_decision()] if moves else []
            waiting = moves.filtered(
                lambda move: move.product_uom.compare(move.quantity, move.product_uom_qty) < 0
            )
            notes += [move._say_why_waiting() for move in waiting if not move.move_orig_ids]
            if moves and not waiting and (picking.priority == "1" or picking.retail_rank > 0):
                notes.append(self.env._("Served before others: %(name)s.", name=picking._say_service_class()))
            picking.retail_service_note = " ".join(note for note in notes if note)

    def _say_service_class(self):
        name = self.retail_service_class or self.env._("Without service class")
        return self.env._("%(name)s, urgent", name=name) if self.priority == "1" else name

    def _say_last_decision(self):
        """What somebody decided about scarce stock of this delivery, most recently."""
        decision = self.env["retail.shortage.decision"].search([("picking_id", "=", self.id)], limit=1)
        words = {
            "who": decision.user_id.name,
            "day": fields.Datetime.context_timestamp(
                self, decision.create_date or fields.Datetime.now()
            ).date(),
            "product": decision.product_id.display_name,
            "reason": decision.reason,
        }
        if decision.is_override:
            return self.env._(
                "%(who)s served it before its turn on %(day)s (%(product)s): %(reason)s.", **words
            )
        if decision.quantity_after < decision.quantity_before:
            return self.env._("%(who)s gave %(product)s to deliveries that come first, on %(day)s.", **words)
        return ""
