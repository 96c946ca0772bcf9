"""The way of a manager through the import, and everybody else before the closed door."""

import base64
import csv
import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, freeze_time, new_test_user, tagged

from .history_import_common import HEADER, HistoryImportCase


@tagged("post_install", "-at_install")
@freeze_time("2025-06-15 12:00:00")
class TestHistoryImportWizard(HistoryImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        person = {"lang": "en_US", "company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.manager = new_test_user(cls.env, "import_manager", groups="retail_crm.group_manager", **person)
        cls.staff = new_test_user(cls.env, "import_staff", groups="retail_crm.group_user", **person)

    def _wizard(self, *lines, header=HEADER, **values):
        content = "\n".join([header, *lines]).encode()
        return (
            self.env["retail.history.import"]
            .with_user(self.manager)
            .with_context(lang="en_US")
            .create(
                {
                    "data": base64.b64encode(content),
                    "filename": "till.csv",
                    "company_id": self.company.id,
                    **values,
                }
            )
        )

    def test_manager_checks_imports_and_opens_what_came_in(self):
        self._import("C9,Eve,2024-04-01,R9,5")
        lines = ("C1,Ann,2024-05-01,R1,10,MAIN,x", "C9,Eve,2024-04-01,R9,5,,")
        wizard = self._wizard(*lines, header=HEADER + ",store,colour")
        with self.assertNothingWritten():
            wizard.action_check()
        self.assertEqual(
            (wizard.state, wizard.row_count, wizard.new_count, wizard.known_count), ("checked", 2, 1, 1)
        )
        self.assertEqual((wizard.customer_count, wizard.amount_total, wizard.store_names), (1, 10, "MAIN"))
        self.assertEqual(
            (wizard.bad_count, wizard.ignored_columns, str(wizard.date_from)), (0, "colour", "2024-05-01")
        )
        self.assertIn("Nothing is written yet", wizard.message)
        self.assertRegex(wizard.period, "2024.* to .*2024")
        action = wizard.action_import()
        self.assertEqual((wizard.state, action["res_id"], wizard.data), ("done", wizard.id, False))
        opened = self.History.search(wizard.action_open_purchases()["domain"])
        self.assertIn(10, opened.mapped("amount"))
        self.assertEqual(self._amounts(), [5, 10])

    def test_bad_rows_are_listed_and_keep_the_import_closed(self):
        wizard = self._wizard("C1,Ann,2024-05-01,R1,ten", "C2,Bo,2024-05-01,R2,2")
        wizard.action_check()
        self.assertEqual((wizard.bad_count, wizard.problem_count), (1, 1))
        self.assertIn("1 of 2 rows cannot be imported", wizard.message)
        self.assertEqual((wizard.problem_ids.line, wizard.problem_ids.column), (2, "amount"))
        self.assertIn('"ten" is not a number', wizard.problem_ids.reason)
        with self.assertNothingWritten(), self.assertRaisesRegex(UserError, "Correct the rows"):
            wizard.action_import()
        wizard.action_back()
        self.assertEqual((wizard.state, wizard.problem_count), ("upload", 0))

    def test_reasons_say_what_is_wrong_and_what_to_do(self):
        wizard = self._wizard("C1,Ann,2030-05-01,R1,1")
        wizard.action_check()
        self.assertEqual(
            wizard.problem_ids.reason,
            "2030-05-01 lies in the future: only purchases up to 2025-06-15 can be imported.",
        )

    def test_file_that_changed_after_the_check_is_checked_again(self):
        wizard = self._wizard("C1,Ann,2024-05-01,R1,10")
        wizard.action_check()
        wizard.data = base64.b64encode((HEADER + "\nC1,Ann,2024-05-01,R1,ten").encode())
        with self.assertNothingWritten(), self.assertRaisesRegex(UserError, "nothing was imported") as caught:
            wizard.action_import()
        self.assertIs(type(caught.exception), UserError, "by whose name the client knows what to show")

    def test_import_needs_a_file_and_a_check(self):
        wizard = self._wizard("C1,Ann,2024-05-01,R1,10")
        with self.assertRaisesRegex(UserError, "Check the file first"):
            wizard.action_import()
        wizard.data = False
        with self.assertRaisesRegex(UserError, "Choose a file first"):
            wizard.action_check()
        with self.assertRaisesRegex(UserError, "Import the file first"):
            wizard.action_open_purchases()

    def test_manager_may_ask_for_new_segments_at_once(self):
        asked = []
        self.patch(
            type(self.env["retail.run"]), "_request", lambda _self, company, **_options: asked.append(company)
        )
        wizard = self._wizard("C1,Ann,2024-05-01,R1,10")
        wizard.action_recompute()
        self.assertEqual(asked, [self.company])

    def test_only_managers_import(self):
        wizard = self._wizard("C1,Ann,2024-05-01,R1,10")
        methods = ("action_check", "action_back", "action_import", "action_recompute", "action_open_purchases",
                   "action_download_template")  # fmt: skip
        for method in methods:
            with self.subTest(method), self.assertNothingWritten(), self.assertRaises(AccessError):
                getattr(wizard.with_user(self.staff), method)()
        with self.assertRaises(AccessError):
            self.env["retail.history.import"].with_user(self.staff).create({})

    def test_manager_imports_only_into_own_companies(self):
        foreign = self._company("Foreign shop")
        wizard = self._wizard("C1,Ann,2024-05-01,R1,10")
        wizard.sudo().company_id = foreign
        for method in ("action_check", "action_import", "action_recompute"):
            with self.subTest(method), self.assertRaisesRegex(AccessError, "do not work for this company"):
                getattr(wizard, method)()

    def test_form_opens_on_the_managers_company(self):
        form = Form(self.env["retail.history.import"].with_user(self.manager).with_company(self.company))
        self.assertEqual((form.state, form.channel), ("upload", "history"))
        self.assertEqual(form.save().company_id, self.company)

    def test_template_imports_as_it_is(self):
        wizard = self._wizard("")
        wizard.data = wizard.template
        wizard.action_check()
        self.assertEqual((wizard.bad_count, wizard.new_count), (0, 2))
        self.assertFalse(wizard.ignored_columns)


@tagged("post_install", "-at_install")
class TestHistoryImportInTheBrowser(HttpCase):
    def test_manager_goes_through_the_import(self):
        manager = new_test_user(self.env, "tour_manager", groups="retail_crm.group_manager", lang="en_US")
        self.start_tour(
            "/odoo/action-retail_crm.retail_history_import_action",
            "retail_crm_history_import",
            login=manager.login,
        )
        imported = self.env["retail.purchase.history"].search([("customer_ref", "in", ["T1", "T2"])])
        self.assertEqual(sorted(imported.mapped("amount")), [2, 10])

    def test_template_is_downloaded_by_its_manager_alone(self):
        manager = new_test_user(self.env, "template_manager", groups="retail_crm.group_manager")
        new_test_user(self.env, "template_staff", groups="retail_crm.group_user")
        url = (
            self.env["retail.history.import"].with_user(manager).create({}).action_download_template()["url"]
        )
        self.authenticate("template_manager", "template_manager")
        answer = self.url_open(url)
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        self.assertEqual((rows[0][:5], len(rows)), (HEADER.split(","), 3))
        self.assertIn("purchases.csv", answer.headers["Content-Disposition"])
        self.authenticate("template_staff", "template_staff")
        self.assertNotEqual(self.url_open(url).content, answer.content)
