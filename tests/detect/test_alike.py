import pytest

from detect.alike import TRADES, plain, same_callsign, same_length, same_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"SEA STAR", b"SEA STAR"),
        (b"SEA STAR", b"sea-star."),
        (b"SEA STAR", b"SEA STRA"),
        (b"GOLDEN VENTURE", b"GOLDAN VENTUR E"),
        (b"GOLDEN VENTURE", b"GOLDEN VENTU"),
        (b"M/V SEA STAR", b"SEA STAR"),
        (b"MT OCEAN PRIDE", b"OCEAN PRIDE"),
        (b"ANNA", b"ANNE"),
        (b"NORDIC 12", b"NORDIK 12"),
    ],
)
def test_one_name_written_twice(one, other):
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"SEA STAR", b"BLUE MOON"),
        (b"SEA STAR 1", b"SEA STAR 2"),
        (b"OCEAN", b"OCEAN 2"),
        (b"MSC ANNA", b"MSC LENA"),
        (b"ANNA", b"EMMA"),
        (b"AB", b"ABERDEEN"),
        (b"TSUNAMI", b"NAMI"),
        (b"", b"SEA STAR"),
    ],
)
def test_two_names(one, other):
    assert not same_name(one, other)
    assert not same_name(other, one)


def test_what_stands_before_a_name_is_cut_off_only_where_it_stands_alone():
    assert plain(b"MV ANNA") == "ANNA"
    assert plain(b"MVANNA") == "MVANNA"
    assert plain(b"TSUNAMI") == "TSUNAMI"
    assert plain(b"MS 2") == "MS2"
    assert plain(b"\xff\x00 A-1") == "A1"


def test_call_signs():
    assert same_callsign(b"9HA2345", b"9HA2354")
    assert same_callsign(b"9HA2345", b"9HA23")
    assert not same_callsign(b"9HA2345", b"3FGT9")


def test_lengths_differ_by_more_than_both():
    assert same_length(100, 108, 10, 0.1)
    assert same_length(300, 325, 10, 0.1)
    assert not same_length(100, 112, 10, 0.1)
    assert not same_length(300, 335, 10, 0.1)


def test_what_a_ship_carries_is_not_her_trade():
    assert TRADES[70] == TRADES[79] > 0
    assert TRADES[31] == TRADES[52]
    assert TRADES[40] == TRADES[60]
    assert TRADES[70] != TRADES[80]
    assert not TRADES[[0, 1, 19, 38, 39, 56, 90, 99, 100, 255]].any()
