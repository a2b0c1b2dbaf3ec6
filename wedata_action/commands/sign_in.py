"""The client of WeData, and where its keys come from: the environment, or GitHub's OIDC token and a role.

Nothing is sent before `sign_in`, so that a run without a change needs neither keys that work nor a network.
"""

from __future__ import annotations

from wedata_action.commands.step import Step
from wedata_action.errors import Reason, RunError
from wedata_action.tencent.client import Client, Service
from wedata_action.tencent.credentials import Source, from_environment
from wedata_action.tencent.verdicts import ApiError


def new_client(step: Step) -> Client:
    """Sends nothing yet. Raises `RunError` for settings that cannot work."""
    settings = step.settings
    if settings.region is None:
        raise _invalid(f"{settings.names['region']} is not set: give a region such as ap-singapore")
    service = Service(settings.endpoint, settings.region, settings.requests_per_second, role_arn=settings.role_arn)
    keys = _credentials(step, settings.region)
    return Client(service, keys, clock=step.clock, session=step.session(), debug=step.console.debug)


def sign_in(client: Client) -> None:
    """Gets the keys in this thread, so that a failure ends the run before anything is sent. Raises `RunError`."""
    try:
        client.credentials()
    except ApiError as error:
        raise RunError(error.reason, str(error)) from error


def _credentials(step: Step, region: str) -> Source:
    settings = step.settings
    if settings.role_arn is None:
        for name in ("oidc-provider", "oidc-audience"):
            if name in settings.given:
                names = settings.names
                raise _invalid(f"{names[name]} is set but {names['role-arn']} is not: set both, or neither to use keys")
        keys = from_environment(step.environ, in_actions=step.context is not None)
        return lambda: keys
    from wedata_action.commands.keyless import credentials  # here, since a run with keys starts faster without it

    return credentials(step, region)


def _invalid(message: str) -> RunError:
    return RunError(Reason.INVALID_INPUT, message)
