"""WeData on this machine, for trying the action and for its tests. Nothing in the product imports it.

From the outside in: `cli` and `command` are the command line, `server` the port on loopback, `gateway` what Tencent
Cloud checks before WeData (`authorization`, `api_request`), `service` WeData itself with `submitting` (2021-08-20),
`studio` (2025-08-06) and `tasks`, the state of both. `behaviour` says what becomes of a submission, `faults` what goes
wrong on the way, `site` how a site differs. `keyless` serves GitHub's OIDC service (`oidc`) and `sts`.

    with Sandbox(WeData(site="domestic", tasks={"146": [NewTask("0001", code="SELECT 1")]})) as sandbox:
        sandbox.wedata.set_task("0001", TaskBehaviour(refusal="no source"))
        sandbox.fail_next("GetTask", Fault.null("Data.TaskConfiguration.CodeContent"))
"""
