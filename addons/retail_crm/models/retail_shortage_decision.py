from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class RetailShortageDecision(models.Model):
    """One row is what a delivery got or gave when somebody re-distributed scarce stock. Never changed or deleted.

    Quantities reserved before and after, in the unit of the product. ``is_override``: the delivery was served before
    its turn under the policy, for the ``reason`` that somebody gave.
    """

    _name = "retail.shortage.decision"
    _description = "Decision about scarce stock"
    _order = "id desc"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, ondelete="restrict")
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="restrict"
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    move_id = fields.Many2one("stock.move", readonly=True, index="btree_not_null", ondelete="set null")
    picking_id = fields.Many2one(
        "stock.picking", string="Delivery", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    service_class = fields.Char(readonly=True, help="As it was when the delivery was made.")
    quantity_before = fields.Float(string="Reserved before", digits="Product Unit", readonly=True)
    quantity_after = fields.Float(string="Reserved after", digits="Product Unit", readonly=True)
    is_override = fields.Boolean(string="Before its turn", readonly=True)
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Decided by",
        required=True,
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.uid,
    )

    def init(self):
        """No SQL statement changes or deletes a decision; only what it points to may be merged or disappear."""
        self.env.cr.execute(
            SQL(
                """CREATE OR REPLACE FUNCTION retail_crm_shortage_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                   DECLARE links text[] := '{partner_id, picking_id, move_id}';
                   BEGIN
                       IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - links = to_jsonb(NEW) - links THEN
                           RETURN NEW;
                       END IF;
                       RAISE EXCEPTION 'Decisions about stock are kept as they were made: %% is refused.', TG_OP
                           USING ERRCODE = 'insufficient_privilege';
                   END $$;
                   DROP TRIGGER IF EXISTS retail_crm_shortage_row ON retail_shortage_decision;
                   CREATE TRIGGER retail_crm_shortage_row BEFORE UPDATE OR DELETE ON retail_shortage_decision
                       FOR EACH ROW EXECUTE FUNCTION retail_crm_shortage_refuse();
                   DROP TRIGGER IF EXISTS retail_crm_shortage_table ON retail_shortage_decision;
                   CREATE TRIGGER retail_crm_shortage_table BEFORE TRUNCATE ON retail_shortage_decision
                       FOR EACH STATEMENT EXECUTE FUNCTION retail_crm_shortage_refuse()"""
            )
        )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A decision about stock is never changed: make another one."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A decision about stock is never deleted: it tells why somebody waited."))

    @api.model
    def _log(self, warehouse, requests):
        """Note what changed of these requests, and each one that was served before its turn."""
        return self.sudo().create(
            [
                {
                    "company_id": warehouse.company_id.id,
                    "warehouse_id": warehouse.id,
                    "product_id": request.move.product_id.id,
                    "move_id": request.move.id,
                    "picking_id": request.move.picking_id.id,
                    "partner_id": request.move.picking_id._get_retail_customer().id,
                    "service_class": request.move.picking_id.retail_service_class,
                    "quantity_before": request.reserved,
                    "quantity_after": request.proposed,
                    "is_override": bool(request.reason),
                    "reason": request.reason,
                }
                for request in requests
                if request.is_changed or request.reason
            ]
        )

    def action_open_picking(self):
        """The delivery that got or gave."""
        self.ensure_one()
        if not self.picking_id:
            raise UserError(self.env._("This delivery is no longer there."))
        return self.picking_id.get_formview_action()
