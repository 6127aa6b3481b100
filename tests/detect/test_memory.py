"""What is remembered: states by number, stays by row, and nothing of vessels forgotten."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detect.memory import NEVER_S, UNKNOWN, Memory, States, Stay, Stays


def test_a_set_of_zones_has_one_number():
    states = States()
    assert states.number(()) == 0
    number = states.number(("a", "b"))
    assert states.number(("a", "b")) == number != states.number(("a",))
    assert states.members(number) == ("a", "b")


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=150))
def test_stays_are_kept_until_taken_and_their_rows_used_again(actions):
    stays, kept, made = Stays(), {}, 0
    for count, put in actions:
        if put:
            made += 1
            given_ = [Stay(made * 10 + i, bool(i % 2)) for i in range(count)]
            at = stays.put(given_)
            assert (count, at) not in kept or count == 0
            kept[count, at] = given_
        elif mine := [key for key in kept if key[0] == count]:
            assert stays.take(*mine[0]) == kept.pop(mine[0])
        for key, wanted in kept.items():
            assert stays.get(*key) == wanted
    rows = sum(count * 9 + 8 for count, _ in kept)
    assert stays.nbytes <= 40 * (rows + 6 * 16 * 45)


def test_a_slot_that_changes_hands_is_as_new():
    memory = Memory(8)
    mmsis = np.arange(100, 108, dtype=np.uint32)
    for _ in memory.pieces(mmsis, np.arange(8)):
        pass
    number = memory.states.number(("a", "b"))
    memory.state[:], memory.time[:], memory.deadline[:] = number, 5, 7
    memory.stays[:] = [memory.times.put([Stay(1), Stay(2)]) for _ in range(8)]
    memory.doubted[:] = memory.marked[:] = True
    memory.doubts = dict.fromkeys(range(8), "fix")
    memory.marks = {slot: {"gate": "mark"} for slot in range(8)}
    (piece,) = memory.pieces(np.array([999], np.uint32), np.array([8]))
    assert piece.recycled.tolist() == [0]
    assert memory.time[0] == UNKNOWN
    assert memory.deadline[0] == NEVER_S
    assert memory.state[0] == 0
    assert not memory.doubted[0]
    assert 0 not in memory.doubts
    assert 0 not in memory.marks
    assert memory.times.put([Stay(3), Stay(4)]) not in memory.stays[1:]
    assert memory.mmsi(0) == 999


def test_only_states_in_use_are_numbered_anew():
    memory = Memory(8)
    for _ in memory.pieces(np.arange(8, dtype=np.uint32), np.arange(8)):
        pass
    for i in range(50):
        last = memory.states.number((f"zone-{i}",))
    memory.state[3] = last
    assert memory.renumber() == {"zone-49"}
    assert memory.state.tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
    assert memory.states.members(1) == ("zone-49",)
