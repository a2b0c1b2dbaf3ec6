from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wedata_action.definitions.mistakes import Mistakes
from wedata_action.errors import Place


@given(st.text("ab\n\ré", min_size=1, max_size=30), st.data())
def test_a_place_leads_back_to_its_character(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    place = Mistakes("a", text).place(at)
    assert sum(len(line) + 1 for line in text.split("\n")[: place.line - 1]) + place.column - 1 == at


def test_the_end_of_the_text_is_behind_its_last_visible_character() -> None:
    assert Mistakes("a", "ab\nc  \n\n").place(8) == Place("a", 2, 2)
    assert Mistakes("a", "").place(0) == Place("a", 1, 1)
    assert Mistakes("a", "\n\n").place(2) == Place("a", 1, 1)
