"""`retail.purchase.history.import_csv`: what it writes, and that it writes it once."""

import contextlib
import io
import itertools
import tempfile

import openpyxl

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .history_import_common import HEADER, HistoryImportCase


@tagged("post_install", "-at_install")
class TestHistoryImport(HistoryImportCase):
    # What is written

    def test_rows_become_purchases_of_new_customers(self):
        counts = self._import(
            "C1,Ann,2024-05-01,INV1,120.50,70,2,,MAIN,EUR,+49 30 5550101,ann@example.com",
            "C1,,2024-06-01,RET1,-20.50,,,,MAIN,,,",
            "C2,,2024-05-02,INV2,0,0,,,,,,",
            header=HEADER + ",cost,quantity,product_ref,store,currency,customer_phone,customer_email",
        )
        self.assertEqual((counts["rows"], counts["created"], counts["customers_created"]), (3, 3, 2))
        sale, refund, gift = self._rows()
        self.assertEqual((sale.amount, sale.cost, sale.quantity, sale.has_cost), (120.5, 70, 2, True))
        self.assertEqual((refund.amount, refund.has_cost), (-20.5, False))
        self.assertEqual((gift.amount, gift.cost, gift.has_cost), (0, 0, True), "a cost of 0 is a known one")
        self.assertEqual((sale.store_id.code, sale.store_id.company_id), ("MAIN", self.company))
        self.assertEqual(sale.store_id, refund.store_id)
        ann = sale.partner_id
        self.assertEqual(ann, refund.partner_id)
        self.assertEqual((ann.name, ann.ref, ann.email), ("Ann", "C1", "ann@example.com"))
        self.assertEqual((ann.phone, ann.company_id.id, ann.is_company), ("+49 30 5550101", False, False))
        self.assertEqual(gift.partner_id.name, "Customer C2")
        self.assertFalse(ann.message_follower_ids)
        self.assertEqual((sale.create_uid, sale.channel, sale.reference), (self.env.user, "history", "INV1"))

    def test_unknown_cost_is_null_for_the_engine(self):
        self._import("C1,Ann,2024-05-01,R1,10,", "C1,Ann,2024-05-01,R2,10,4", header=HEADER + ",cost")
        query = SQL(
            "SELECT cost FROM retail_purchase_history WHERE company_id = %s ORDER BY id", self.company.id
        )
        self.assertEqual([cost for (cost,) in self.env.execute_query(query)], [None, 4])

    def test_imported_purchases_count_as_purchases(self):
        self._import("C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-03,R2,-4")
        purchases = self.env["retail.purchase"].search([("company_id", "=", self.company.id)])
        self.assertEqual(sorted(purchases.mapped("revenue")), [-4, 10])
        self.assertEqual(set(purchases.mapped("source")), {"history"})

    def test_branch_imports_into_its_main_company(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self._import("C1,Ann,2024-05-01,R1,10", company=branch)
        self.assertEqual(self._amounts(), [10])

    def test_path_and_workbook_import_like_a_stream(self):
        workbook = openpyxl.Workbook()
        workbook.active.append(HEADER.split(","))
        workbook.active.append(["C1", "Ann", "2024-05-01", "R1", 10.25])
        with self.temporary_path(".data") as path:
            workbook.save(path)
            self.History.import_csv(self.company, path)
        self.assertEqual(self._amounts(), [10.25])
        with self.assertRaisesRegex(UserError, "There is no file"):
            self.History.import_csv(self.company, "/nowhere/at/all.csv")

    @contextlib.contextmanager
    def temporary_path(self, suffix):
        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            yield file.name

    def test_gbk_file_with_semicolons_and_decimal_commas(self):
        content = "customer_ref;customer_name;date;reference;amount\nC1;王小明;31/05/2024;R1;1.234,50\n"
        self.History.import_csv(self.company, io.BytesIO(content.encode("gbk")))
        row = self._rows()
        self.assertEqual((row.partner_id.name, row.amount, str(row.date)), ("王小明", 1234.5, "2024-05-31"))

    def test_ambiguous_dates_are_asked_about_and_the_answer_is_taken(self):
        self.assertRefused("choose the date format", "C1,Ann,01/05/2024,R1,10")
        self._import("C1,Ann,01/05/2024,R1,10", date_format="dmy")
        self.assertEqual(str(self._rows().date), "2024-05-01")

    # Once only

    def test_repeated_import_adds_nothing_in_whatever_order(self):
        lines = [
            "C1,Ann,2024-05-01,R1,10",
            "C1,Ann,2024-05-01,R1,20",
            "C1,Ann,2024-05-01,R1,10",
            "C2,Bo,2024-05-01,,5",
        ]
        self._import(*lines)
        for order in itertools.permutations(lines):
            counts = self._import(*order)
            self.assertEqual(
                (counts["created"], counts["already_there"], counts["customers_created"]), (0, 4, 0)
            )
        self.assertEqual(self._amounts(), [5, 10, 10, 20])

    def test_later_export_adds_only_what_is_new(self):
        self._import("C1,Ann,2024-05-01,,10")
        counts = self._import("C1,Ann,2024-05-01,,4", "C1,Ann,2024-05-01,,10", "C1,Ann,2024-05-02,,10")
        self.assertEqual((counts["created"], counts["already_there"]), (2, 1))
        self.assertEqual(self._amounts(), [4, 10, 10])
        self.assertEqual(sorted(self._rows().mapped("ordinal")), [1, 1, 2])

    def test_same_key_with_another_amount_is_refused(self):
        self._import("C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-01,R2,10")
        report = self.assertRefused(
            "already imported with amount 10.00", "C1,Ann,2024-05-01,R2,10", "C1,Ann,2024-05-01,R1,11",
            "C3,New,2024-05-01,R3,1", bad_lines=[3],
        )  # fmt: skip
        self.assertEqual((report["bad_total"], report["bad_rows"][0]["column"]), (1, "amount"))

    def test_one_changed_line_of_a_document_is_refused(self):
        self._import("C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-01,R1,20")
        self.assertRefused(
            "with amount 20.00", "C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-01,R1,25", bad_lines=[3]
        )

    def test_channels_do_not_mix(self):
        self._import("C1,Ann,2024-05-01,R1,10", channel="till")
        counts = self._import("C1,Ann,2024-05-01,R1,11", channel="web")
        self.assertEqual((counts["created"], counts["customers_created"]), (1, 0))
        self.assertEqual(
            self.env["retail.customer.ref"].search_count([("company_id", "=", self.company.id)]), 2
        )

    def test_two_companies_keep_their_own_rows_and_share_the_person(self):
        other = self._company("Other shop")
        self._import("C1,Ann,2024-05-01,R1,10,MAIN", header=HEADER + ",store")
        counts = self._import("C1,Ann,2024-05-01,R1,11,MAIN", header=HEADER + ",store", company=other)
        self.assertEqual((counts["customers_created"], counts["stores_created"]), (0, ["MAIN"]))
        self.assertEqual((self._amounts(), self._amounts(other)), ([10], [11]))
        self.assertEqual(self._rows().partner_id, self._rows(other).partner_id)
        self.assertNotEqual(self._rows().store_id, self._rows(other).store_id)

    # Whose purchase it is

    def test_customer_number_means_the_contact_with_that_reference(self):
        shop = self.env["res.partner"].create({"name": "Corner shop", "is_company": True})
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": shop.id, "ref": "C1"})
        counts = self._import("C1,Ann,2024-05-01,R1,10")
        self.assertEqual((counts["customers_created"], self._rows().partner_id), (0, shop))
        contact.ref = False
        self._import("C1,Ann,2024-05-02,R2,10")
        self.assertEqual(self._rows().partner_id, shop, "what the first import found out stays")

    def test_two_contacts_with_the_reference_are_refused(self):
        self.env["res.partner"].create([{"name": name, "ref": "C1"} for name in ("Ann", "Anna")])
        self.assertRefused(
            "Several contacts have the reference",
            "C1,Ann,2024-05-01,R1,10",
            "C2,Bo,2024-05-01,R1,10",
            bad_lines=[2],
        )

    def test_archived_contact_is_taken_when_no_active_one_has_the_reference(self):
        archived = self.env["res.partner"].create({"name": "Ann", "ref": "C1", "active": False})
        self._import("C1,Ann,2024-05-01,R1,10")
        self.assertEqual(self._rows().partner_id, archived)
        active = self.env["res.partner"].create({"name": "Ann", "ref": "C2"})
        self.env["res.partner"].create({"name": "Old Ann", "ref": "C2", "active": False})
        self._import("C2,Ann,2024-05-01,R1,10")
        self.assertEqual(self._rows()[-1].partner_id, active)

    def test_contact_of_another_company_is_not_taken(self):
        other = self._company("Other shop")
        stranger = self.env["res.partner"].create({"name": "Ann", "ref": "C1", "company_id": other.id})
        self._import("C1,Ann,2024-05-01,R1,10")
        self.assertNotEqual(self._rows().partner_id, stranger)

    def test_merged_customers_stay_known(self):
        self._import("C1,Ann,2024-05-01,R1,10", "C2,Anne,2024-05-01,R2,20")
        ann, anne = self._rows().partner_id
        self.env["base.partner.merge.automatic.wizard"]._merge((ann | anne).ids, ann)
        counts = self._import("C2,Anne,2024-05-01,R2,20", "C2,Anne,2024-05-03,R3,30")
        self.assertEqual((counts["created"], counts["customers_created"]), (1, 0))
        self.assertEqual(self._rows().partner_id, ann)

    # What the other columns mean

    def test_product_is_found_by_reference_or_barcode(self):
        by_code, by_barcode = self.env["product.product"].create(
            [{"name": "Tea", "default_code": "TEA"}, {"name": "Cup", "barcode": "4006381333931"}]
        )
        self._import(
            "C1,Ann,2024-05-01,R1,10,TEA", "C1,Ann,2024-05-01,R2,10,4006381333931", "C1,Ann,2024-05-01,R3,10,",
            header=HEADER + ",product_ref",
        )  # fmt: skip
        self.assertEqual(
            [row.product_id for row in self._rows()], [by_code, by_barcode, self.env["product.product"]]
        )

    def test_unknown_and_ambiguous_products_are_refused(self):
        self.env["product.product"].create(
            [{"name": name, "default_code": "TEA"} for name in ("Tea", "Green tea")]
        )
        header = HEADER + ",product_ref"
        self.assertRefused("There is no product", "C1,Ann,2024-05-01,R1,10,CUP", header=header, bad_lines=[2])
        self.assertRefused("Several products", "C1,Ann,2024-05-01,R1,10,TEA", header=header, bad_lines=[2])

    def test_store_is_found_by_code_even_when_archived(self):
        store = self.env["retail.store"].create(
            {"name": "Old town", "code": "OLD", "company_id": self.company.id, "active": False}
        )
        counts = self._import("C1,Ann,2024-05-01,R1,10,OLD", header=HEADER + ",store")
        self.assertEqual((counts["stores_created"], self._rows().store_id), ([], store))

    # Foreign currency

    def _rate(self, currency, day, rate):
        return self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": day, "rate": rate, "company_id": self.company.id}
        )

    def test_foreign_amounts_are_converted_at_the_day_as_odoo_does(self):
        pound = self.env.ref("base.GBP")
        for day, rate in (("2024-01-01", 0.8), ("2024-05-01", 0.9), ("2024-07-01", 0.5)):
            self._rate(pound, day, rate)
        self._rate(self.euro, "2023-01-01", 1.1)
        self._import(
            "C1,Ann,2024-04-30,R1,100,50,GBP", "C1,Ann,2024-05-01,R2,-7.77,,gbp", "C1,Ann,2024-06-01,R3,10,,EUR",
            header=HEADER + ",cost,currency",
        )  # fmt: skip
        first, second, third = self._rows()
        for row, original in ((first, 100), (second, -7.77)):
            self.assertAlmostEqual(row.amount, pound._convert(original, self.euro, self.company, row.date))
            self.assertEqual((row.original_amount, row.original_currency_id), (original, pound))
        self.assertAlmostEqual(first.cost, pound._convert(50, self.euro, self.company, first.date))
        self.assertEqual((third.amount, third.original_currency_id.id), (10, False))

    def test_repeated_import_adds_nothing_after_the_rates_changed(self):
        rate = self._rate(self.env.ref("base.GBP"), "2024-01-01", 0.8)
        line, header = "C1,Ann,2024-05-01,R1,100,GBP", HEADER + ",currency"
        self._import(line, header=header)
        rate.rate = 0.7
        self.assertEqual(self._import(line, header=header)["already_there"], 1)
        self.assertRefused("already imported with amount 100.00", line.replace(",GBP", ",EUR"), header=header)

    def test_unknown_currency_is_refused(self):
        self.assertRefused(
            'There is no currency "EURO"',
            "C1,Ann,2024-05-01,R1,10,EURO",
            header=HEADER + ",currency",
            bad_lines=[2],
        )

    def test_currency_without_a_rate_on_that_day_is_refused_with_what_to_do(self):
        self._rate(self.env.ref("base.GBP"), "2024-05-02", 0.8)
        self.assertRefused(
            "no exchange rate for GBP on or before 2024-05-01: add one in Accounting",
            "C1,Ann,2024-05-01,R1,10,GBP", "C1,Ann,2024-05-02,R1,10,GBP", header=HEADER + ",currency", bad_lines=[2],
        )  # fmt: skip

    def test_company_currency_without_a_rate_on_that_day_is_refused(self):
        self._rate(self.env.ref("base.GBP"), "2024-01-01", 0.8)
        self._rate(self.euro, "2024-06-01", 1.1)
        self.assertRefused(
            "no exchange rate for EUR",
            "C1,Ann,2024-05-01,R1,10,GBP",
            header=HEADER + ",currency",
            bad_lines=[2],
        )
