"""The models of API version 2025-08-06 that describe a task: their fields and types.

Source: the models Task, UpdateTaskPart and those below them in the official SDK; the tests compare them. In an answer,
every field may be null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from wedata_sandbox.fields import FLAG, NUMBER, REQUIRED_TEXT, TEXT, Field

Fields = Mapping[str, Field]


def _fields(field: Field, names: str) -> Fields:
    return dict.fromkeys(names.split(), field)


def _texts(names: str) -> Fields:
    return _fields(TEXT, names)


def _list_of(items: Fields) -> Field:
    return Field(list, items=items)


_PARAMETER: Final = _texts("ParamKey ParamValue")
_DEPENDENCY: Final[Fields] = {
    **_texts("TaskId MainCyclicConfig SubordinateCyclicConfig Offset"),
    "DependencyStrategy": Field(
        dict,
        fields={
            "PollingNullStrategy": TEXT,
            "TaskDependencyExecutingStrategies": Field(list, item=str),
            "TaskDependencyExecutingTimeoutValue": NUMBER,
        },
    ),
}
_LISTENER: Final[Fields] = {
    **_texts("EventName EventSubType EventBroadcastType"),
    "PropertiesList": _list_of(_PARAMETER),
}
_REGISTRY: Final = _texts(
    "DatasourceId DatabaseName TableName PartitionName DataFlowType TablePhysicalId DbGuid TableGuid CatalogName"
    " DatasourceName QualifiedName"
)

TASK_BASE_PART: Final = _texts("TaskName OwnerUin TaskDescription TaskFolderPath")
TASK_CONFIGURATION: Final[Fields] = {
    "CodeContent": TEXT,
    "TaskExtConfigurationList": _list_of(_PARAMETER),
    **_texts("DataCluster BrokerIp YarnQueue SourceServiceId SourceServiceType SourceServiceName"),
    **_texts("TargetServiceId TargetServiceType TargetServiceName ResourceGroup ResourceGroupName"),
    "TaskSchedulingParameterList": _list_of(_PARAMETER),
    **_texts("BundleId BundleInfo"),
}
TASK_SCHEDULE: Final[Fields] = {
    **_texts("CycleType ScheduleTimeZone CrontabExpression StartTime EndTime ExecutionStartTime ExecutionEndTime"),
    **_texts("CalendarOpen CalendarId CalendarName SelfDepend"),
    "UpstreamDependencyConfigList": _list_of(_DEPENDENCY),
    "DownstreamDependencyConfigList": _list_of(_DEPENDENCY),
    "EventListenerList": _list_of(_LISTENER),
    "AllowRedoType": TEXT,
    "ParamTaskOutList": _list_of(_PARAMETER),
    "ParamTaskInList": _list_of(_texts("ParamKey ParamDesc FromTaskId FromParamKey Type")),
    "TaskOutputRegistryList": _list_of(_REGISTRY),
    "InitStrategy": TEXT,
    "ScheduleRunType": NUMBER,
    "DownStreamDependencyConfigList": _list_of(_DEPENDENCY),
    **_fields(NUMBER, "RunPriority RetryWait MaxRetryAttempts ExecutionTTL"),
    "WaitExecutionTotalTTL": TEXT,
    **_fields(NUMBER, "ScheduleType RunPriorityType RetryWaitMinute MaxRetryNumber"),
    **_fields(NUMBER, "ExecutionTTLMinute WaitExecutionTotalTTLMinute"),
}
TASK_SCHEDULE_DOMESTIC: Final[Fields] = {
    **TASK_SCHEDULE,
    "DependencyTriggerPolicy": TEXT,
    "AllowDownstreamDependency": NUMBER,
    "MinuteOffset": NUMBER,
}
LIST_KEYS: Final[Mapping[str, str]] = {
    "TaskExtConfigurationList": "ParamKey",
    "TaskSchedulingParameterList": "ParamKey",
    "UpstreamDependencyConfigList": "TaskId",
    "DownstreamDependencyConfigList": "TaskId",
    "DownStreamDependencyConfigList": "TaskId",
    "EventListenerList": "EventName",
    "ParamTaskOutList": "ParamKey",
    "ParamTaskInList": "ParamKey",
    "TaskOutputRegistryList": "TablePhysicalId",
}
"""The field by which FieldToRemoveList names an element of each list."""

TASK_KEY: Final[Fields] = {"ProjectId": REQUIRED_TEXT, "TaskId": REQUIRED_TEXT}
PAGE: Final[Fields] = {"PageNumber": NUMBER, "PageSize": NUMBER}
GET_VERSION: Final[Fields] = {**TASK_KEY, "VersionId": TEXT}
LIST_VERSIONS: Final[Fields] = {**TASK_KEY, "TaskVersionType": Field(str, choices=("SAVE", "SUBMIT")), **PAGE}
LIST_VERSIONS_DOMESTIC: Final[Fields] = {**LIST_VERSIONS, "UsedVersion": FLAG}
LIST_TASKS: Final[Fields] = {
    "ProjectId": REQUIRED_TEXT,
    **PAGE,
    **_texts("TaskName WorkflowId OwnerUin Status BundleId CreateUserUin"),
    "TaskTypeId": NUMBER,
    "Submit": FLAG,
    "ModifyTime": Field(list, item=str),
    "CreateTime": Field(list, item=str),
}


def update_request(schedule: Fields) -> Fields:
    """The request of UpdateTaskPartially on a site with these fields of a schedule."""
    groups: Sequence[tuple[str, Fields]] = (
        ("TaskBaseAttribute", TASK_BASE_PART),
        ("TaskConfiguration", TASK_CONFIGURATION),
        ("TaskSchedulerConfiguration", schedule),
    )
    setting = {name: Field(dict, fields=fields) for name, fields in groups}
    return {**TASK_KEY, "NewSetting": Field(dict, fields=setting), "FieldToRemoveList": Field(list, item=str)}
