from ingest.shiptypes import GROUPS, type_name


def test_every_number_belongs_to_one_group_at_most():
    numbers = [n for spans in GROUPS.values() for span in spans for n in span]
    assert len(numbers) == len(set(numbers))
    assert all(20 <= n <= 99 for n in numbers)


def test_names():
    assert type_name(70) == "cargo"
    assert type_name(89) == "tanker"
    assert type_name(66) == "passenger"  # reserved, used all the same
    assert type_name(30) == "fishing"
    assert type_name(0) == type_name(38) == type_name(255) == ""
