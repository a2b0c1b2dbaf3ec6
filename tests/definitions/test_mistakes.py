from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wedata_action.definitions.mistakes import Mistakes
from wedata_action.errors import Location


@given(st.text("ab\n\ré", min_size=1, max_size=30), st.data())
def test_a_place_leads_back_to_its_character(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    location = Mistakes("a", text).location(at)
    assert sum(len(line) + 1 for line in text.split("\n")[: location.line - 1]) + location.column - 1 == at


def test_the_end_of_the_text_is_behind_its_last_visible_character() -> None:
    assert Mistakes("a", "ab\nc  \n\n").location(8) == Location("a", 2, 2)
    assert Mistakes("a", "").location(0) == Location("a", 1, 1)
    assert Mistakes("a", "\n\n").location(2) == Location("a", 1, 1)
