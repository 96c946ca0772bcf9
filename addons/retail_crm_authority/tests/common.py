from odoo.fields import Command

from odoo.addons.retail_crm.tests.common import RetailCommon

NO_LIMIT = 1_000_000


class AuthorityCommon(RetailCommon):
    """Staff may give 10 % and 100, managers 30 % and 500, approvers everything. Tea costs 60 and is sold at 100."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tea = cls._product("Green tea", cost=60, list_price=100)
        levels = cls.env["retail.authority"].search([("company_id", "=", cls.company.id)])
        cls.levels = {level.role: level for level in levels}
        cls._limit("staff", discount_percent=10, discount_amount=100, month_amount=1000)
        cls._limit("manager", discount_percent=30, discount_amount=500, month_amount=5000)
        cls.seller = cls._person("seller", "sales_team.group_sale_salesman_all_leads")
        cls.colleague = cls._person("colleague", "sales_team.group_sale_salesman_all_leads")
        cls.manager = cls._person(
            "manager_of_shop", "sales_team.group_sale_salesman_all_leads,retail_crm.group_manager"
        )
        cls.approver = cls._person(
            "approver_of_shop", "sales_team.group_sale_salesman_all_leads,retail_crm.group_approver"
        )
        cls.anna = cls._customer("Anna Peeters")

    @classmethod
    def _person(cls, login, groups):
        return cls._user(login, groups, name=login.replace("_", " ").capitalize(), lang="en_US")

    @classmethod
    def _limit(cls, role, **values):
        cls.levels[role].write(
            {"is_unlimited": False, "margin_percent": -NO_LIMIT, "gift_amount": 0, "month_gift": 0, **values}
        )

    def _quote(self, discount=0, quantity=1, user=None, price=None, **values):
        """A quotation of green tea that ``user``, the seller, makes as a client does."""
        line = {"product_id": self.tea.id, "product_uom_qty": quantity, "discount": discount}
        if price is not None:
            line["price_unit"] = price
        order = self._as(user)["sale.order"].create(
            {"partner_id": self.anna.id, "order_line": [Command.create(line)], **values}
        )
        self.env.flush_all()
        return order

    def _as(self, user=None):
        """An environment such as that of a request by ``user``."""
        return self.env(
            user=user or self.seller, context={"allowed_company_ids": self.company.ids, "lang": "en_US"}
        )

    def _asks(self, order, reason="A good customer", user=None):
        request = self._as(user)["retail.authority.request"].create({"order_id": order.id, "reason": reason})
        self.env.flush_all()
        return request

    def _answers(self, request, state="approved", user=None, answer="Fine"):
        request.with_env(self._as(user or self.manager))._answer(state, answer)
        self.env.flush_all()

    def _log(self, order):
        """Kinds of what happened to the order, the first one first."""
        rows = self.env["retail.authority.log"].search([("document_id", "=", order.id)], order="id")
        return rows.mapped("kind")
