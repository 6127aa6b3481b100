"""The page: it shows what was missed and false, needs nothing else, and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from labels import raised, seen, truth

from ingest.errors import InputError
from store.database import Database
from vigie.evaluate.cases import BROKEN, FALSE, MISSED, MOST_OF_A_KIND, cases_of
from vigie.evaluate.chart import HEIGHT, WIDTH, Frame
from vigie.evaluate.figures import judge
from vigie.evaluate.matching import match
from vigie.evaluate.page import page, write_page
from vigie.evaluate.run import Evaluation
from vigie.evaluate.seen import Raised, Seen
from vigie.evaluate.truth import Truth

A, B = 211000001, 211000002
EVIL = "<script>alert(1)</script>"


def evaluation(
    truths: Sequence[Truth], events: Sequence[Seen], alerts: Sequence[Raised] = ()
) -> Evaluation:
    made = judge(truths, events, alerts, match(truths, events), vessel_days=1)
    return Evaluation(truths, events, alerts, made)


WRONG = seen("drifting", 100, A, lon=44.9, lat=12.0, words=f"drifted {EVIL}")
EVERYTHING = evaluation(
    [
        truth("loitering", 60, 200, A, parameters={"why": EVIL}, id=EVIL),
        truth("rendezvous", 60, 100, B, lon=-179.9),
        truth(None, 90, 120, A, silent=["drifting"], id="a hard case"),
    ],
    [WRONG],
    [raised("alarm", WRONG)],
)


class Tags(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.said += data


def test_each_case_has_its_picture_and_words(small: Database) -> None:
    text = page(small, EVERYTHING)
    told = Tags(text)
    assert told.tags.count("figure") == told.tags.count("svg") == 4
    for said in (MISSED, FALSE, BROKEN, "loitering was to be seen", "2026-09-14T05:00:00Z",
                 "12°00.0'N", "drifted", "Alert of priority alarm", "a hard case"):  # fmt: skip
        assert said in told.said
    for picture in re.findall(r"<svg.*?</svg>", text, re.S):
        tree = ElementTree.fromstring(picture)  # well formed
        assert tree.findall("path[@class]")
        drawn = [float(n) for n in re.findall(r'c[xy]="([-0-9.]+)"', picture)]
        assert drawn
        assert all(-1 <= n <= WIDTH + 1 for n in drawn)


def test_nothing_that_strangers_wrote_is_markup(small: Database) -> None:
    text = page(small, EVERYTHING)
    told = Tags(text)
    assert set(told.tags).isdisjoint({"script", "b", "i", "iframe", "img", "link", "a", "object"})
    assert told.tags.count("style") == 1
    assert EVIL in told.said
    assert "<B>\"'&--></STYLE>" in told.said
    assert "<i>Box</i>" in told.said
    assert not [k for k, _ in told.attributes if k.startswith("on") or k in ("src", "href")]
    assert "style" not in {k for k, _ in told.attributes}
    assert "://" not in text


def test_its_policy_allows_its_own_style_and_nothing_else(small: Database) -> None:
    text = page(small, EVERYTHING)
    ((_, policy),) = [a for a in Tags(text).attributes if a[1] and a[1].startswith("default-src")]
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_zones_are_drawn_that_were_in_force(small: Database) -> None:
    told = Tags(page(small, EVERYTHING)).said
    assert "in Everywhere here" in told
    assert "Once upon a time" not in told


def test_a_track_over_the_antimeridian_is_drawn_in_one_piece(small: Database) -> None:
    east = (180.05 - np.arange(100) / 900 + 180) % 360 - 180
    assert np.ptp(east) > 359
    frame = Frame.around(east, np.full(100, 12.0))
    xy = frame.xy(east, np.full(100, 12.0))
    assert np.abs(np.diff(xy[:, 0])).max() < WIDTH / 20
    assert xy.min() >= 0
    assert frame.nm * WIDTH < 15


@pytest.mark.parametrize("lat", [-90.0, 0.0, 89.9, 90.0])
def test_a_place_anywhere_is_in_the_middle(lat: float) -> None:
    frame = Frame.around(np.array([179.99]), np.array([lat]))
    ((x, y),) = frame.xy(np.array([179.99]), np.array([min(max(lat, -85), 85)]))
    assert (round(x), round(y)) == (WIDTH // 2, HEIGHT // 2)


def test_a_case_without_any_place_has_words_alone(small: Database) -> None:
    made = evaluation([], [seen("jammed", 10)])
    told = Tags(page(small, made))
    assert (told.tags.count("figure"), told.tags.count("svg")) == (1, 0)


def test_too_many_are_counted(small: Database) -> None:
    events = [seen("drifting", 10 + t, A, id=f"{t}") for t in range(MOST_OF_A_KIND + 3)]
    made = evaluation([], events)
    assert len(cases_of(made).cases) == MOST_OF_A_KIND
    told = Tags(page(small, made))
    assert told.tags.count("figure") == MOST_OF_A_KIND
    assert "3 more are not drawn" in told.said


def test_nothing_missed_and_nothing_false_is_said(small: Database) -> None:
    event = seen("loitering", 100, A)
    told = Tags(page(small, evaluation([truth("loitering", 60, 200, A)], [event])))
    assert "Nothing was missed, nothing false" in told.said
    assert "figure" not in told.tags


def test_a_place_that_cannot_be_written(small: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none/page.html: it cannot be written"):
        write_page(tmp_path / "none" / "page.html", small, EVERYTHING)
