"""Shops, customers and documents for the tests of this addon and of those that build on it."""

from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import count

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT


class RetailCommon(TransactionCase):
    """A shop of its own, whose day is ``today`` whatever the clock says. No chart of accounts: orders, no invoices.

    Helpers work as the superuser in the shop; give ``self.env(user=...)`` records to act as somebody.
    """

    today = date(2025, 6, 30)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env["base"].with_context(**DISABLED_MAIL_CONTEXT, lang="en_US").env
        cls.company = cls._create_company("Corner Shop")
        cls.env = cls.env["base"].with_company(cls.company).env
        cls.company = cls.company.with_env(cls.env)
        cls.currency = cls.company.currency_id
        cls.euro = cls.env.ref("base.EUR")
        cls.product = cls._product("Tea")
        cls._references = count(1)

    # ------------------------------------------------------------------ who and what

    @classmethod
    def _create_company(cls, name, **values):
        """A company in dollars with its day in UTC; ``parent_id`` makes it a branch."""
        defaults = {"name": name, "currency_id": cls.env.ref("base.USD").id, "retail_tz": "UTC"}
        return cls.env["res.company"].create({**defaults, **values})

    @classmethod
    def _product(cls, name, cost=0.0, **values):
        """A service that is invoiced as ordered, without taxes, so that amounts are what the tests say."""
        defaults = {"name": name, "type": "service", "invoice_policy": "order", "taxes_id": [Command.clear()]}
        return cls.env["product.product"].create({**defaults, "standard_price": cost, **values})

    @classmethod
    def _customer(cls, name="Customer", **values):
        return cls.env["res.partner"].create({"name": name, **values})

    @classmethod
    def _user(cls, login, groups, **values):
        """A user of the shop with the groups ``groups`` (external ids, separated by commas)."""
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)], **values}
        return new_test_user(cls.env, login, groups=groups, **values)

    @classmethod
    def _day(cls, day=None, days_ago=0):
        return day or cls.today - timedelta(days=days_ago)

    @classmethod
    def _rate(cls, currency, rates, company=None):
        """Set the units of ``currency`` for one of the company's, per day: ``{date: rate}``; others are forgotten."""
        currency.active = True
        currency.rate_ids.unlink()
        company = (company or cls.company).root_id
        for day, rate in rates.items():
            currency.rate_ids.create(
                {"currency_id": currency.id, "company_id": company.id, "name": day, "rate": rate}
            )

    # ------------------------------------------------------------------ what happened

    @classmethod
    def _buys(cls, customer, amount, days_ago=0, day=None, cost=None, company=None, **values):
        """An imported purchase of ``amount``, negative for a return; ``cost`` None means unknown."""
        reference = f"T{next(cls._references):05}"
        known_cost = {} if cost is None else {"cost": cost}
        return (
            cls.env["retail.purchase.history"]
            .sudo()
            .create(
                {
                    "partner_id": customer.commercial_partner_id.id,
                    "company_id": (company or cls.company).root_id.id,
                    "reference": reference,
                    "customer_ref": str(customer.id),
                    "date": cls._day(day, days_ago),
                    "amount": amount,
                    "has_cost": cost is not None,
                    **known_cost,
                    **values,
                }
            )
        )

    @classmethod
    def _quotes(cls, customer, lines, company=None, **values):
        """A quotation; ``lines`` are (product, quantity, price) or the values of a line."""
        company = company or cls.company
        return (
            cls.env["sale.order"]
            .with_company(company)
            .create(
                {
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "order_line": [Command.create(cls._line_values(line)) for line in lines],
                    **values,
                }
            )
        )

    @classmethod
    def _sells(cls, customer, lines, day=None, days_ago=0, moment=None, **values):
        """A confirmed order of that day at noon, or of the UTC ``moment``."""
        order = cls._quotes(customer, lines, **values)
        order.action_confirm()
        order.date_order = moment or datetime.combine(cls._day(day, days_ago), time(12))
        return order

    @staticmethod
    def _line_values(line):
        if isinstance(line, dict):
            return line
        product, quantity, price = line
        return {"product_id": product.id, "product_uom_qty": quantity, "price_unit": price}

    # ------------------------------------------------------------------ what the shop makes of it

    @classmethod
    def _segment(cls, code):
        return cls.env["retail.segment"].search([("code", "=", code)])

    @classmethod
    def _strategy(cls, code, company=None):
        """The company's strategy for the segment ``code``."""
        return cls.env["retail.strategy"]._get_for(company or cls.company, cls._segment(code))

    @classmethod
    def _in_segment(cls, customer, code, company=None, **values):
        """A profile in the segment ``code`` for who needs no run; False fields unless given."""
        company = (company or cls.company).root_id
        segment = cls._segment(code)
        return (
            cls.env["retail.profile"]
            .sudo()
            .create(
                {
                    "partner_id": customer.commercial_partner_id.id,
                    "company_id": company.id,
                    "segment_id": segment.id,
                    "computed_segment_id": segment.id,
                    "strategy_id": cls._strategy(code, company).id,
                    **values,
                }
            )
        )

    def _rescore(self, as_of=None, full=False, company=None):
        """A completed run of the day ``as_of``, today unless given."""
        self.env.flush_all()
        run = self.env["retail.run"].run_company(
            company or self.company, as_of=as_of or self.today, full=full
        )
        self.assertEqual(run.state, "done", run.error)
        self.env.invalidate_all()
        return run

    def _profile(self, customer, company=None):
        return self.env["retail.profile"].search(
            [
                ("partner_id", "=", customer.commercial_partner_id.id),
                ("company_id", "=", (company or self.company).root_id.id),
            ]
        )

    def _purchases(self, customer, company=None):
        """The rows of ``retail.purchase`` in the shop and its branches, as the documents stand now."""
        self.env["retail.purchase"].invalidate_model()
        return self.env["retail.purchase"].search(
            [
                ("partner_id", "=", customer.commercial_partner_id.id),
                ("company_id", "child_of", (company or self.company).id),
            ]
        )

    @contextmanager
    def assertUndone(self, words):
        """What happens inside is refused with ``words``, a regular expression, and undone, as the server does."""
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            yield

    def assertSegments(self, expected, company=None):
        """``expected`` is {customer: code of the effective segment, None without one}."""
        actual = {customer: self._profile(customer, company).segment_id.code or None for customer in expected}
        self.assertEqual(
            {customer.name: code for customer, code in actual.items()},
            {customer.name: code for customer, code in expected.items()},
        )

    def assertPurchases(self, customer, revenue=None, contribution=None, rows=None, company=None):
        """Sums over the customer's purchases, to the cent, and the number of rows; None is not looked at."""
        purchases = self._purchases(customer, company)
        told = "\n".join(
            f"{row.source} {row.reference} {row.day} revenue {row.revenue} contribution {row.contribution}"
            for row in purchases
        )
        if revenue is not None:
            self.assertAlmostEqual(sum(purchases.mapped("revenue")), revenue, 2, told)
        if contribution is not None:
            self.assertAlmostEqual(sum(purchases.mapped("contribution")), contribution, 2, told)
        if rows is not None:
            self.assertEqual(len(purchases), rows, told)


class RetailAccountingCommon(RetailCommon):
    """The shop with a chart of accounts: invoices, credit notes and payments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._open_books(cls.company)

    @classmethod
    def _open_books(cls, company):
        """Chart of accounts without default taxes; a second one costs about a second."""
        cls.env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        company.write({"account_sale_tax_id": False, "account_purchase_tax_id": False})
        # the chart gives its default tax to every product that has none
        cls.product.sudo().with_company(company).taxes_id = False

    @classmethod
    def _invoices(cls, order, day=None, days_ago=0, final=False, quantity=None, post=True):
        """The order's invoice (``final`` deducts down payments), of ``quantity`` units of each line when given."""
        invoice = order._create_invoices(final=final)
        if quantity is not None:
            invoice.invoice_line_ids.filtered("product_id").quantity = quantity
        return cls._posts(invoice, day, days_ago) if post else invoice

    @classmethod
    def _bills(
        cls, customer, amount, day=None, days_ago=0, kind="out_invoice", due=None, company=None, **values
    ):
        """A posted document without an order: ``kind`` is the type of account.move."""
        company = company or cls.company
        line = {
            "product_id": cls.product.id,
            "quantity": 1,
            "price_unit": amount,
            "tax_ids": [Command.clear()],
        }
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": kind,
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "invoice_line_ids": [Command.create(line)],
                    **({"invoice_payment_term_id": False, "invoice_date_due": due} if due else {}),
                    **values,
                }
            )
        )
        return cls._posts(move, day, days_ago)

    @classmethod
    def _credits(cls, invoice, amount=None, day=None, days_ago=0, post=True):
        """Credit note of a posted invoice, of the untaxed ``amount`` when given (on its first line)."""
        wizard = (
            cls.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": cls._day(day, days_ago)})
        )
        credit = cls.env["account.move"].browse(wizard.reverse_moves()["res_id"])
        if amount is not None:
            first, *rest = credit.invoice_line_ids
            commands = [Command.update(first.id, {"quantity": 1, "price_unit": amount, "discount": 0})]
            credit.write({"invoice_line_ids": [*commands, *(Command.delete(line.id) for line in rest)]})
        return cls._posts(credit, day, days_ago) if post else credit

    @classmethod
    def _posts(cls, move, day=None, days_ago=0):
        move.invoice_date = cls._day(day, days_ago)
        move.action_post()
        return move

    @classmethod
    def _pays(cls, invoice, day=None, days_ago=0, amount=None):
        """A payment, matched with the invoice; all that is open unless ``amount`` is given."""
        values = {"payment_date": cls._day(day, days_ago)}
        if amount is not None:
            values["amount"] = amount
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(values)
            ._create_payments()
        )
