"""Rows of text from CSV and XLSX alike: ``(line, cells)``, read one by one and as often as wanted."""

import contextlib
import csv
import datetime
import io
import shutil
import tempfile
import warnings
import zipfile

from .encodings import detect_encoding
from .problems import BadFile

DELIMITERS = (",", ";", "\t")
XLSX_SIGNATURE = b"PK\x03\x04"
OLD_OFFICE_SIGNATURE = b"\xd0\xcf\x11\xe0"


class BrokenRow(Exception):
    """Nothing below ``line`` can be read."""

    def __init__(self, line, reason):
        super().__init__(reason)
        self.line = line


class Exact(str):
    """A number that a workbook holds as a number: its point is a decimal point whatever the other cells are."""

    __slots__ = ()


@contextlib.contextmanager
def opened(path_or_stream):
    """A binary stream that can be rewound, of a path or of any readable thing."""
    if not hasattr(path_or_stream, "read"):
        try:
            stream = open(path_or_stream, "rb")  # noqa: SIM115
        except OSError as error:
            raise BadFile("no_file", value=str(path_or_stream)) from error
        with stream:
            yield stream
    elif isinstance(path_or_stream, io.TextIOBase):
        with tempfile.TemporaryFile() as copy:
            while text := path_or_stream.read(1 << 20):
                copy.write(text.encode())
            yield copy
    elif not getattr(path_or_stream, "seekable", bool)():
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(path_or_stream, copy)
            yield copy
    else:
        yield path_or_stream


def open_table(stream):
    """The table in the binary ``stream``, by what its first bytes say and not by a file name."""
    stream.seek(0)
    head = stream.read(512)
    if not head.strip():
        raise BadFile("empty_file")
    if head.startswith(XLSX_SIGNATURE):
        return XlsxTable(stream)
    if head.startswith(OLD_OFFICE_SIGNATURE):
        raise BadFile("old_excel")
    return CsvTable(stream)


class CsvTable:
    """``delimiter`` is chosen by :meth:`choose_delimiter`; quotation marks are doubled inside quotation marks."""

    def __init__(self, stream):
        self.stream = stream
        self.encoding = detect_encoding(stream)
        self.delimiter = ","

    def choose_delimiter(self, names):
        """Take the delimiter by which most of the column ``names`` stand in the header."""
        header = next((line for line in self._text() if line.strip()), "")

        def found(delimiter):
            return sum(
                cell.strip().lower() in names for cell in next(csv.reader([header], delimiter=delimiter), [])
            )

        self.delimiter = max(DELIMITERS, key=found)

    def rows(self):
        """Yield (line, cells); line is the row's first in the file, counted from 1. Blank rows are left out."""
        reader = csv.reader(self._text(), delimiter=self.delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                if any(cells):
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise BrokenRow(line, str(error)) from error

    def _text(self):
        self.stream.seek(0)
        text = io.TextIOWrapper(self.stream, encoding=self.encoding, newline="")
        try:
            for line in text:  # noqa: UP028  "yield from" would close the stream with the generator
                yield line
        finally:
            text.detach()  # a wrapper that is thrown away closes its stream


class XlsxTable:
    """The first sheet of a workbook; formulas count as the values they had when it was saved.

    A workbook's texts stand in one list of its own, which is read as a whole: only the rows are streamed.
    """

    delimiter = None

    def __init__(self, stream):
        with self._told_as_broken(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that nobody reads here
            import openpyxl  # takes a while, so only for workbooks

            stream.seek(0)
            self.sheet = openpyxl.load_workbook(stream, read_only=True, data_only=True).worksheets[0]
            self.sheet.reset_dimensions()  # some exporters write a wrong size, and rows would be lost

    def choose_delimiter(self, names):
        pass

    def rows(self):
        with self._told_as_broken():
            for line, cells in enumerate(self.sheet.iter_rows(values_only=True), 1):
                texts = [_cell_text(cell) for cell in cells]
                while texts and not texts[-1]:
                    texts.pop()
                if texts:
                    yield line, texts

    @contextlib.contextmanager
    def _told_as_broken(self):
        try:
            yield
        except (zipfile.BadZipFile, KeyError, IndexError, ValueError, SyntaxError, OSError) as error:
            raise BadFile("broken_excel", value=str(error)) from error


def _cell_text(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return Exact(int(value))
    if isinstance(value, (int, float)):
        return Exact(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return str(value)
