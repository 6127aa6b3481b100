"""Fixtures of the reader's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from sentences import Read, make_message, make_sentence, read_bytes


@pytest.fixture
def sentence() -> Callable[..., str]:
    return make_sentence


@pytest.fixture
def message() -> Callable[..., list[str]]:
    return make_message


@pytest.fixture
def read_lines() -> Callable[..., Read]:
    def lines(lines: Iterable[str], **options: object) -> Read:
        data = "".join(f"{line}\n" for line in lines).encode("latin-1")
        return read_bytes(data, **options)  # type: ignore[arg-type]

    return lines
