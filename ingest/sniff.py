"""The first bytes of a recording → what kind of recording it is.

nmea        sentences, in any wrapper (`ingest.wrappers`, `ingest.tagblock`)
csv-dma     rows as the Danish Maritime Authority publishes them
csv-noaa    rows as NOAA MarineCadastre publishes them, and what is derived from them
csv         rows of another publisher whose header names the columns that are needed
"""

from __future__ import annotations

import re

from ingest.errors import InputError
from ingest.tabular.header import find_header
from ingest.words import safe_text

ACCEPTED = (
    "Vigie reads NMEA sentences (!AIVDM…), and CSV with a header line that names MMSI, time, "
    "latitude and longitude; plain, .gz, .zst or in a .zip"
)

# "!" or "$", a talker and formatter, a comma: the shape of every sentence, wherever in its line.
_SENTENCE = re.compile(rb"[!$][A-Z]{2,4}[A-Z]{3},|[!$]P[A-Z]{3,4},")

# First bytes of what people hand over by mistake.
_OTHERS = (
    (b"PK\x03\x04", "a zip archive, inside another one or through a pipe", "Unpack it first"),
    (b"BZh", "packed with bzip2", "Unpack it with bunzip2"),
    (b"\xfd7zXZ", "packed with xz", "Unpack it with unxz"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first"),
    (b"Rar!", "a RAR archive", "Unpack it first"),
    (b"PAR1", "a Parquet file", "Write it as CSV first"),
    (b"\x1f\x8b", "packed twice", "Unpack it once"),
    (b"\x28\xb5\x2f\xfd", "packed twice", "Unpack it once"),
    (b"\xff\xfe", "text in UTF-16", "Save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "Save it as UTF-8"),
)  # fmt: skip
_TAR_MAGIC, _TAR_AT = b"ustar", 257


def sniff(head: bytes, name: str = "") -> str:
    """What kind of recording begins with these bytes.

    Args:
        head: the first bytes, unpacked; 64 KiB are plenty.
        name: of the recording, for the error.

    Raises:
        InputError: nothing in them can be read, with what was seen and what would be.

    """
    for magic, what, mend in _OTHERS:
        if head.startswith(magic):
            raise InputError(f"it is {what}", where=name, mend=mend)
    if head[_TAR_AT : _TAR_AT + 5] == _TAR_MAGIC:
        raise InputError("it is a tar archive", where=name, mend="Unpack it first")
    if b"\n" not in head and b"\r" in head.rstrip(b"\r"):
        raise InputError(
            "its lines end with a carriage return alone, as on old Macs", where=name,
            mend="Save it with LF at the end of lines, for example with tr '\\r' '\\n'",
        )  # fmt: skip
    lines = head.removeprefix(b"\xef\xbb\xbf").splitlines()
    header = find_header(lines)
    if header is not None:
        return header.dialect
    if _SENTENCE.search(head):
        return "nmea"
    seen = next((line for line in lines if line.strip()), None)
    if seen is None:
        raise InputError("it is empty", where=name, mend=ACCEPTED)
    raise InputError(
        f"it is no recording: it begins with “{safe_text(seen, 60)}”", where=name, mend=ACCEPTED
    )
