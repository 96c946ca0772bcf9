"""A file of rows under a header: which columns it has, how it writes dates and numbers, and its rows one by one."""

from .problems import BadFile, BadValue
from .tables import BrokenRow, open_table
from .values import DateOrder, DecimalMark, plain

# As long as nothing is unclear, this many rows are looked at before the file is read.
PEEK_ROWS = 1000


class TableFile:
    """A kind of file says its ``REQUIRED`` and ``OPTIONAL`` columns, which are ``NUMBERS`` and ``DATES``, and parses
    the columns that are not plain texts.

    ``columns`` maps the columns of the file to their places, ``ignored`` lists headings it makes no use of.

    :param stream: binary, seekable; it is read more than once and never as a whole
    :param date_order: "dmy", "mdy", "ymd" or None to let the dates of the file tell
    :param decimal_mark: ".", "," or None to let its numbers tell
    """

    REQUIRED = ()
    OPTIONAL = ()
    NUMBERS = ()
    DATES = ()

    def __init__(self, stream, date_order=None, decimal_mark=None):
        self.names = self.REQUIRED + self.OPTIONAL
        self.table = open_table(stream)
        self.table.choose_delimiter(self.names)
        self.columns, self.ignored, self.width = self._read_header()
        self.has_rows = False
        self.dates = DateOrder(date_order)
        self.numbers = DecimalMark(decimal_mark, usual="." if self.table.delimiter == "," else None)
        self._settle_conventions()

    def rows(self, report):
        """Yield ``[line, value of each of the columns]`` as text for the good rows; the bad ones go to ``report``."""
        plan = [
            (name, self.columns[name], parse)
            for name, parse in self._parsers().items()
            if name in self.columns
        ]
        template = [""] * (len(self.names) + 1)
        places = {name: position for position, name in enumerate(self.names, 1)}
        plan = [(places[name], index, parse) for name, index, parse in plan]
        for line, cells in self._data_rows(report):
            row = template.copy()
            row[0] = line
            is_good = True
            for place, index, parse in plan:
                try:
                    row[place] = parse(cells[index])
                except BadValue as bad:
                    report.add(line, self.names[place - 1], bad.code, **bad.values)
                    is_good = False
            if is_good:
                yield row

    def _parsers(self):
        """``{column: parse}``: a text in, what the database wants out."""
        return dict.fromkeys(self.names, plain) | dict.fromkeys(self.NUMBERS, self.numbers.number)

    def _read_header(self):
        try:
            _line, cells = next(self.table.rows(), (1, []))
        except BrokenRow as error:
            raise BadFile("binary") from error
        names = ["_".join(cell.strip().lower().split()) for cell in cells]
        if not any(names):
            raise BadFile("empty_file")
        if missing := [name for name in self.REQUIRED if name not in names]:
            found = ", ".join(name[:50] for name in names[:30] if name)
            raise BadFile("missing_columns", missing=", ".join(missing), found=found)
        if repeated := sorted({name for name in names if name in self.names and names.count(name) > 1}):
            raise BadFile("repeated_columns", value=", ".join(repeated))
        columns = {name: names.index(name) for name in self.names if name in names}
        return columns, [name for name in names if name and name not in self.names], len(names)

    def _data_rows(self, report=None):
        """Rows below the header, each as wide as it; a broken one ends the file."""
        rows = self.table.rows()
        try:
            next(rows, None)
            for line, cells in rows:
                self.has_rows = True
                if len(cells) == self.width:
                    yield line, cells
                elif len(cells) < self.width:
                    yield line, cells + [""] * (self.width - len(cells))
                elif not any(cells[self.width :]):
                    yield line, cells
                elif report is not None:
                    report.add(line, "", "too_many_cells", value=len(cells), columns=self.width)
        except BrokenRow as error:
            self.has_rows = True
            if report is not None:
                report.add(error.line, "", "broken_row", value=str(error))

    def _settle_conventions(self):
        """Find out the order of dates and the decimal mark, or refuse the file when nothing in it tells."""
        unclear_date = unclear_number = None
        dates = [self.columns[name] for name in self.DATES if name in self.columns]
        amounts = [self.columns[name] for name in self.NUMBERS if name in self.columns]
        for seen, (line, cells) in enumerate(self._data_rows(), 1):
            for date in dates:
                if self.dates.order is None:
                    unclear_date = _judge(self.dates, "order", line, cells[date], unclear_date)
            for amount in amounts:
                if self.numbers.mark is None:
                    unclear_number = _judge(self.numbers, "mark", line, cells[amount], unclear_number)
            if seen >= PEEK_ROWS and not unclear_date and not unclear_number:
                break
        if not self.has_rows:
            raise BadFile("no_rows")
        if unclear_date:
            raise BadFile("ask_date_order", line=unclear_date[0], value=unclear_date[1])
        if unclear_number:
            raise BadFile("ask_decimal_mark", line=unclear_number[0], value=unclear_number[1])


def _judge(convention, attribute, line, text, unclear):
    """Settle ``convention`` if ``text`` shows it; the first unclear (line, text) while nothing has."""
    shown = convention.evidence(text)
    if shown == "?":
        return unclear or (line, text.strip())
    if shown:
        setattr(convention, attribute, shown)
        return None
    return unclear
