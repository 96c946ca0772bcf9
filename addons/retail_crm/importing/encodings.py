"""Which encoding a text file is in: told by its bytes, never guessed where two readings make sense."""

import codecs
import re

from .problems import BadFile

CHUNK = 1 << 20
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Common Chinese characters have two bytes above 0xA0. A Western file read as GBK pairs its accents with letters.
CHINESE_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
HIGH_BYTE = re.compile(rb"[\x80-\xff]")


def detect_encoding(stream):
    """Name of the codec that reads the whole of the binary ``stream``; reads it once in chunks."""
    start = _chunks(stream)
    head = next(start, b"")
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return _checked(stream, encoding)
    if any(b"\0" in chunk for chunk in _chunks(stream)):
        raise BadFile("binary")
    if _decodes(stream, "utf-8"):
        return "utf-8"
    if _looks_chinese(stream) and _decodes(stream, "gb18030"):
        return "gb18030"
    raise BadFile("encoding")


def _checked(stream, encoding):
    if not _decodes(stream, encoding):
        raise BadFile("encoding")
    return encoding


def _decodes(stream, encoding):
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(stream):
            if "\0" in decoder.decode(chunk):
                raise BadFile("binary")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _looks_chinese(stream):
    """Most bytes above ASCII stand in pairs of common characters."""
    high = paired = 0
    for chunk in _chunks(stream):
        high += len(HIGH_BYTE.findall(chunk))
        paired += 2 * len(CHINESE_PAIR.findall(chunk))
    return 2 * paired > high


def _chunks(stream):
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        yield chunk
