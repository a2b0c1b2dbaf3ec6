import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.client import LIST, SUBMIT
from wedata_sandbox import options
from wedata_sandbox.behaviour import TaskBehaviour
from wedata_sandbox.faults import Fault, Kind, Rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("reset", Rule(SUBMIT, Fault.reset())),
        ("reset-after:2", Rule(SUBMIT, Fault.reset(after=True), 2)),
        ("delay=1.5:3", Rule(SUBMIT, Fault.delay(1.5), 3)),
        ("http-after=502/4", Rule(SUBMIT, Fault.http(502, after=True), None, 4)),
        ("http=503:2/4@ListTaskVersions", Rule(LIST, Fault.http(503), 2, 4)),
        ("html", Rule(SUBMIT, Fault.html())),
        ("truncated", Rule(SUBMIT, Fault.truncated())),
        ("truncated-before", Rule(SUBMIT, Fault.truncated(after=False))),
        ("error=InvalidParameter.ServiceIsBusy", Rule(SUBMIT, Fault.error("InvalidParameter.ServiceIsBusy"))),
        ("error-after=InternalError", Rule(SUBMIT, Fault.error("InternalError", after=True))),
        ("null=Data", Rule(SUBMIT, Fault.null("Data"))),
        ("missing-before=Data.JobId", Rule(SUBMIT, Fault.missing("Data.JobId", after=False))),
        (
            "put=Data.Items.ApproveStatus=审批中@ListTaskVersions",
            Rule(LIST, Fault.put("Data.Items.ApproveStatus", "审批中")),
        ),
        ("put=Data.JobId=7", Rule(SUBMIT, Fault.put("Data.JobId", 7))),
        ("put=Data.JobId=a=b", Rule(SUBMIT, Fault.put("Data.JobId", "a=b"))),
        ("drop-after@ListTaskVersions", Rule(LIST, Fault.drop(after=True))),
    ],
)
def test_a_fault_is_read_from_its_text(text: str, rule: Rule) -> None:
    assert options.fault(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "explode",
        "reset=1",
        "reset:0",
        "reset:x",
        "reset-after-after",
        "delay",
        "delay=soon",
        "delay-after=1",
        "delay=inf",
        "http",
        "http=200",
        "http=99999",
        "error",
        "error=not a code",
        "null",
        "null=Data..JobId",
        "null=Data=7",
        "put=Data",
        "missing=Data=7",
        "drop@",
        "drop/0",
        "Reset",
        "reset\n",
    ],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a fault"):
        options.fault(text)


@settings(deadline=None)
@given(st.text(alphabet="resthmlpdocanuig-=:/@0123456789 .", max_size=30) | st.text())
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    refused = False
    try:
        rule = options.fault(text)
    except ValueError as error:
        refused = "is not a fault" in str(error)
    assert refused or text.startswith(rule.fault.kind)


@settings(deadline=None)
@given(
    kind=st.sampled_from([Kind.RESET, Kind.HTML, Kind.TRUNCATED, Kind.DROP]),
    after=st.booleans(),
    times=st.integers(min_value=1, max_value=10**9 - 1),
    every=st.integers(min_value=1, max_value=10**9 - 1),
)
def test_every_part_of_a_text_arrives(kind: Kind, after: bool, times: int, every: int) -> None:
    rule = options.fault(f"{kind}-{'after' if after else 'before'}:{times}/{every}@{LIST}")
    assert (rule.fault.kind, rule.fault.after) == (kind, after)
    assert (rule.action, rule.times, rule.every) == (LIST, times, every)


@pytest.mark.parametrize(
    ("texts", "behaviour"),
    [
        (["1=approve"], TaskBehaviour(approve_status="审批中", status="N")),
        (["1=approve:1.5"], TaskBehaviour(approve_status="审批中", status="N", approved_after=1.5)),
        (["1=refuse:no access"], TaskBehaviour(call_refusal="no access")),
        (["1=fail:a:b=c"], TaskBehaviour(refusal="a:b=c")),
        (["1=slow:20"], TaskBehaviour(seconds=20)),
        (["1=slow:20", "1=fail:why"], TaskBehaviour(seconds=20, refusal="why")),
    ],
)
def test_a_behaviour_is_read_from_its_texts(texts: list[str], behaviour: TaskBehaviour) -> None:
    assert options.behaviours(texts) == {"1": behaviour}


@pytest.mark.parametrize(
    "text", ["", "1", "=approve", "1=", "1=refuse", "1=fail:", "1=slow", "1=slow:soon", "1=dance:x"]
)
def test_another_behaviour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a behaviour|names no task"):
        options.behaviours([text])
