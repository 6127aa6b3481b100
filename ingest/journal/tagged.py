"""What the TAG blocks of a journal's lines say, of sentences of every kind."""

from __future__ import annotations

import dataclasses

import numpy as np

from ingest.framing import Sentences
from ingest.tagblock import Tags, read_tags

_BACKSLASH = ord("\\")


def line_tags(found: Sentences) -> tuple[Tags, int]:
    """The TAG blocks at the beginning of lines, whatever sentence follows.

    Args:
        found: lines of a journal, from `ingest.framing.find_sentences`.

    Returns:
        The blocks, whose `rows` are numbers of lines; how many lines begin one that is not sound.
    """
    text = found.buffer[: found.size]
    slashes = np.flatnonzero(text == _BACKSLASH)
    begins = np.flatnonzero(text[found.line_start] == _BACKSLASH)
    if not len(begins):
        nothing = dataclasses.replace(found, line=begins, bang=begins)
        return read_tags(nothing), 0
    closing = np.searchsorted(slashes, found.line_start[begins], side="right")
    closed = closing < len(slashes)
    closed[closed] = slashes[closing[closed]] < found.line_end[begins[closed]]
    lines = begins[closed]
    tags = read_tags(dataclasses.replace(found, line=lines, bang=slashes[closing[closed]] + 1))
    return dataclasses.replace(tags, rows=lines[tags.rows]), len(begins) - len(tags.rows)
