"""Compressed bytes in, plain bytes out, in pieces of bounded size.

Everything that can be read of a damaged stream comes out before `DamagedError` says what is wrong
with it: a download that was cut short still holds hours of good lines.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

import zstandard

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"

# A piece of output; zlib stops there, whatever its input would swell to.
PIECE = 262_144
# zstandard gives out all that a piece of input holds; its worst ratio (a repeated byte, 128 KiB in
# a block of 4 bytes) makes 32 MiB of this much.
ZSTD_INPUT = 1_024

_GZIP = 31  # zlib's window bits: 15, and 16 for "a gzip header and trailer, checked"
_RAW = -15  # no header: deflate as it stands in a zip
_ENCRYPTED = 1  # bit of a zip member's flags
_LOCAL_HEADER = 30  # bytes of a zip member's local header before its name


class DamagedError(Exception):
    """A compressed stream that ends too early or does not decompress; its text says which."""


def read_pieces(file: BinaryIO, limit: int | None = None) -> Iterator[bytes]:
    """The bytes of a file from where it stands, at most `limit` of them, in pieces."""
    left = limit
    while left is None or left > 0:
        piece = file.read(PIECE if left is None else min(PIECE, left))
        if not piece:
            return
        if left is not None:
            left -= len(piece)
        yield piece


def gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Plain bytes of one or more gzip members that follow each other, as gzip itself reads them.

    Zero bytes after the last member are padding and are passed over.
    """
    engine = zlib.decompressobj(_GZIP)
    begun = False
    for piece in pieces:
        data = piece
        while data:
            if engine.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                engine, begun = zlib.decompressobj(_GZIP), False
            yield from _inflated(engine, data)
            begun = True
            data = engine.unused_data
    if begun and not engine.eof:
        raise DamagedError("the gzip data ends too early")


def _inflated(engine: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """All output that `data` gives, PIECE bytes at a time."""
    while data and not engine.eof:
        try:
            out = engine.decompress(data, PIECE)
        except zlib.error as fault:
            raise DamagedError(f"the compressed data is corrupt ({_reason(fault)})") from fault
        data = engine.unconsumed_tail
        if out:
            yield out
        elif not data:
            return


def unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Plain bytes of one or more Zstandard frames that follow each other."""
    engine = zstandard.ZstdDecompressor().decompressobj()
    begun = False
    for piece in pieces:
        for start in range(0, len(piece), ZSTD_INPUT):
            data = piece[start : start + ZSTD_INPUT]
            while data:
                if engine.eof:
                    engine = zstandard.ZstdDecompressor().decompressobj()
                try:
                    out = engine.decompress(data)
                except zstandard.ZstdError as fault:
                    raise DamagedError(
                        f"the Zstandard data is corrupt ({_reason(fault)})"
                    ) from fault
                begun = True
                if out:
                    yield out
                data = engine.unused_data if engine.eof else b""
    if begun and not engine.eof:
        raise DamagedError("the Zstandard data ends too early")


def unzip(file: BinaryIO, member: ZipInfo) -> Iterator[bytes]:
    """Plain bytes of one member of a zip archive, its checksum checked at the end."""
    if member.flag_bits & _ENCRYPTED:
        raise DamagedError("this member of the archive is encrypted")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise DamagedError(
            f"this member is packed by zip method {member.compress_type}, not deflate"
        )
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(ZIP_MAGIC):
        raise DamagedError("the archive's index points to a place where this member is not")
    name_size, extra_size = struct.unpack_from("<HH", header, 26)
    file.seek(name_size + extra_size, 1)
    packed = read_pieces(file, member.compress_size)
    plain = packed if member.compress_type == ZIP_STORED else _inflate_raw(packed)
    checksum = 0
    for piece in plain:
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if checksum != member.CRC:
        raise DamagedError("this member does not match the archive's checksum")


def _inflate_raw(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Plain bytes of one deflate stream without header."""
    engine = zlib.decompressobj(_RAW)
    for piece in pieces:
        yield from _inflated(engine, piece)
    if not engine.eof:
        raise DamagedError("the archive ends too early")


def _reason(fault: Exception) -> str:
    """A library's words for a fault, without its prefix."""
    return str(fault).rsplit(": ", 1)[-1]
