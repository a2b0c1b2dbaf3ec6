"""The table of API calls, which the documentation and CAM policies are written from."""

from __future__ import annotations

import pytest

from wedata_action.tencent.calls import CALLS
from wedata_sandbox.fields import ApiError
from wedata_sandbox.service import WeData


@pytest.mark.parametrize("site", ["intl", "domestic"])
def test_a_site_offers_the_calls_that_the_table_says(site: str) -> None:
    wedata = WeData(site=site)
    for call in [call for call in CALLS if call.service == "wedata"]:
        with pytest.raises(ApiError) as caught:
            wedata.call(call.name, call.version, {})
        assert (caught.value.code != "InvalidAction") is (call.sites == "both" or site == "domestic"), call.name
