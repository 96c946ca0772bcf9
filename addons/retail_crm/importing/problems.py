"""What can be wrong with a file, in words a shop manager can act on."""

from typing import NamedTuple

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

MESSAGES = {
    # the file as a whole
    "no_file": _lt("There is no file %(value)s: check the path."),
    "empty_file": _lt("The file is empty: choose the file that your shop system exported."),
    "no_rows": _lt("The file has a header but no rows below it."),
    "binary": _lt("This is not a table: save it as CSV (UTF-8) or as an Excel workbook (.xlsx)."),
    "old_excel": _lt("This is an old Excel file (.xls): save it as .xlsx or as CSV (UTF-8)."),
    "broken_excel": _lt(
        "The Excel workbook cannot be read (%(value)s): open it, save it again as .xlsx, and retry."
    ),
    "encoding": _lt("The letters of this file are neither UTF-8 nor GBK: save it as CSV (UTF-8)."),
    "missing_columns": _lt(
        "Columns are missing from the header: %(missing)s. The file has: %(found)s. Download the template to compare."
    ),
    "repeated_columns": _lt("The header names a column more than once: %(value)s. Keep one of each."),
    "ask_date_order": _lt(
        "%(value)s (line %(line)s) may be day/month/year or month/day/year and no date of this file tells: "
        "choose the date format."
    ),
    "ask_decimal_mark": _lt(
        "%(value)s (line %(line)s) may have a decimal or a thousands separator and no number of this file tells: "
        "choose the decimal separator."
    ),
    # one row
    "broken_row": _lt("The row cannot be read (%(value)s): look for a quotation mark that is not closed."),
    "too_many_cells": _lt("The row has %(value)s cells but the header has %(columns)s columns."),
    "empty": _lt("The cell is empty: fill it in."),
    "too_long": _lt('"%(value)s..." is longer than %(longest)s characters: shorten it.'),
    "not_a_date": _lt('"%(value)s" is not a date: write it like 2024-05-31.'),
    "not_year_first": _lt('"%(value)s" does not start with the year, as you said all dates do.'),
    "not_day_first": _lt('"%(value)s" cannot be day/month/year, as the other dates of the file are.'),
    "not_month_first": _lt('"%(value)s" cannot be month/day/year, as the other dates of the file are.'),
    "ambiguous_date": _lt('"%(value)s" may be day/month/year or month/day/year: choose the date format.'),
    "too_old": _lt("%(value)s lies before 1900: correct the year."),
    "future": _lt("%(value)s lies in the future: only purchases up to %(today)s can be imported."),
    "not_a_number": _lt(
        '"%(value)s" is not a number: write only digits, sign and separators, like -1234.50.'
    ),
    "not_finite": _lt('"%(value)s" is not an amount: write a number.'),
    "too_large": _lt("%(value)s is beyond a million millions: correct it."),
    "not_decimal_point": _lt('"%(value)s" has no decimal point, as the other numbers of the file have.'),
    "not_decimal_comma": _lt('"%(value)s" has no decimal comma, as the other numbers of the file have.'),
    "ambiguous_number": _lt(
        '"%(value)s" may have a decimal or a thousands separator: choose the decimal separator.'
    ),
    "unknown_currency": _lt('There is no currency "%(value)s": use the code of three letters, like EUR.'),
    "no_rate": _lt(
        "There is no exchange rate for %(value)s on or before %(detail)s: add one in "
        "Accounting > Configuration > Currencies."
    ),
    "ambiguous_customer": _lt(
        'Several contacts have the reference "%(value)s": merge them or change their references.'
    ),
    "unknown_product": _lt(
        'There is no product with the internal reference or barcode "%(value)s": create it, or leave the cell empty.'
    ),
    "ambiguous_product": _lt(
        'Several products have the internal reference or barcode "%(value)s": change all but one.'
    ),
    "not_positive": _lt("%(value)s: only points that a customer has can be imported, a number above zero."),
    "too_many_points": _lt("%(value)s is more than a hundred million points: correct it."),
    "too_many_together": _lt(
        "With this row the customer would have %(value)s points in the program, and %(detail)s is the most: correct "
        "the row, or look for rows that stand in the file twice."
    ),
    "own_points": _lt("These are your own points: somebody else imports them."),
    "too_many_decimals": _lt("%(value)s has more than six decimals: round it."),
    "earned_later": _lt("%(value)s lies in the future: points are earned up to %(today)s."),
    "over_before_earned": _lt(
        "The points would be over on %(value)s, before they are earned: correct one day."
    ),
    "over_already": _lt(
        "These points have been over since %(value)s: leave the row out, or correct the day."
    ),
    "over_by_rule": _lt(
        "By the rule of the program these points have been over since %(value)s: leave the row out, or give a last day "
        "in expires_on."
    ),
    "no_customer": _lt("Whose points are these? Fill in customer_ref or card_code."),
    "unknown_customer": _lt(
        'There is no customer with the number "%(value)s": correct it, or give a customer_name to create one.'
    ),
    "unknown_card": _lt('No card in use of a loyalty program has the code "%(value)s": correct it.'),
    "card_of_other_program": _lt('The card "%(value)s" belongs to another program: correct one of the two.'),
    "card_of_other_customer": _lt(
        'The card "%(value)s" does not belong to the customer "%(detail)s": correct one of the two.'
    ),
    "which_program": _lt("There are several loyalty programs: name one in the column program."),
    "unknown_program": _lt('There is no loyalty program "%(value)s" in this company: correct the name.'),
    "ambiguous_program": _lt('Several loyalty programs are called "%(value)s": rename all but one.'),
    "other_points": _lt(
        "This row was already imported with %(detail)s points: give a correction a reference of its own."
    ),
    "other_amount": _lt(
        "This purchase was already imported with amount %(detail)s: give a correction a reference of its own."
    ),
}


class Problem(NamedTuple):
    line: int
    column: str
    code: str
    values: dict


class BadValue(ValueError):
    """One cell that cannot be taken; ``values`` fill the placeholders of the message."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


class BadFile(BadValue):
    """The file as a whole cannot be taken."""


def explain(env, code, values):
    """The message in the language of ``env``."""
    template = env._(MESSAGES[code])
    return template % values


class Report:
    """The first problems of a file in the order of its lines, and how many of its rows are bad.

    Rows arrive in order, those of one line together; constant memory whatever the file holds.
    """

    LIMIT = 1000

    def __init__(self):
        self.problems = []
        self.bad_rows = 0
        self._last_line = None

    def add(self, line, column, code, **values):
        if line != self._last_line:
            self.bad_rows += 1
            self._last_line = line
        if len(self.problems) < self.LIMIT:
            self.problems.append(Problem(line, column, code, values))

    def merge(self, problems, bad_rows):
        """Add problems of other rows, found by other means."""
        self.problems = sorted(self.problems + problems, key=lambda problem: problem.line)[: self.LIMIT]
        self.bad_rows += bad_rows

    def explained(self, env):
        """The problems as the caller of the import sees them."""
        return [
            {"line": line, "column": column, "reason": explain(env, code, values)}
            for line, column, code, values in self.problems
        ]
