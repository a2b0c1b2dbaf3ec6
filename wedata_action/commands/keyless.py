"""Keys from GitHub's OIDC token and a CAM role: the sign-in without stored keys."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from wedata_action.commands.step import Step
from wedata_action.errors import Reason, RunError
from wedata_action.github.errors import GitHubError
from wedata_action.github.oidc import PERMISSION, TokenService, token_service
from wedata_action.inputs import KEYS
from wedata_action.parsers import endpoint as parse_endpoint
from wedata_action.tencent.client import Client, Service
from wedata_action.tencent.credentials import Credentials, Renewing, Source
from wedata_action.tencent.sts import Role, assume_role, is_role_arn, session_name
from wedata_action.tencent.verdicts import ApiError, Verdict

STS_ENDPOINT = "WEDATA_STS_ENDPOINT"
"""The variable for an STS host that does not follow from the endpoint: the sandbox's, or a private one."""


def credentials(step: Step, region: str) -> Source:
    """Signs in when keys are first asked for, and again before they expire. Raises `RunError` for bad settings."""
    role, session = _role(step), step.session()
    github = token_service(step.environ, session=session, clock=step.clock)
    service = Service(sts_endpoint(step.settings.endpoint, step.environ), region)
    # Without a debug log: request and answer hold secrets, and those of the answer are not hidden yet.
    sts = Client(service, lambda: None, clock=step.clock, session=session, debug=lambda _: None)
    return Renewing(lambda: _assume(step, role, github, sts), step.clock, step.console.line)


def _assume(step: Step, role: Role, github: TokenService, sts: Client) -> Credentials:
    """New keys, each secret hidden before it is used. Raises `ApiError`."""
    token = _token(github, role.audience)
    step.console.mask(token)
    keys = assume_role(sts.call, role, token, step.clock)
    for secret in filter(None, (keys.secret_id, keys.secret_key, keys.token)):
        step.console.mask(secret)
    minutes = (keys.expires - step.clock.now()) / 60
    step.console.line(f"Signed in as {role.arn} for {minutes:.0f} minutes, in session {role.session}")
    return keys


def sts_endpoint(endpoint: str, environ: Mapping[str, str]) -> str:
    """The address of the STS that belongs to a WeData endpoint: `wedata.<rest>` has `sts.<rest>`, loopback itself.

    Raises `RunError` for an endpoint of another form, unless `WEDATA_STS_ENDPOINT` names the STS.
    """
    if given := environ.get(STS_ENDPOINT, "").strip():
        try:
            return parse_endpoint(given)
        except ValueError as error:
            raise _invalid(f"{STS_ENDPOINT}: {given!r} is not allowed; give {error}") from None
    host = urlsplit(endpoint).netloc
    if host.startswith("wedata."):
        return f"https://sts.{host.removeprefix('wedata.')}"
    if endpoint.startswith("http:"):
        return endpoint
    raise _invalid(f"the STS host does not follow from endpoint {host!r}: set {STS_ENDPOINT} to its name")


def _role(step: Step) -> Role:
    settings, names = step.settings, step.settings.names
    if step.context is None:
        raise _invalid(
            f"{names['role-arn']} works only in GitHub Actions, where a job has an OIDC token: unset it, and set "
            "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"
        )
    if settings.role_arn is None or not is_role_arn(settings.role_arn):
        raise _invalid(
            f"{names['role-arn']}: {settings.role_arn!r} is not allowed; give qcs::cam::uin/<uin>:roleName/<name>, as "
            "shown on the role's page"
        )
    if settings.oidc_provider is None:
        raise _invalid(
            f"{names['oidc-provider']} is not set: {names['role-arn']} needs the name of the CAM identity provider"
        )
    both = [name for name in KEYS if step.environ.get(name)]
    if both:
        raise _invalid(f"{names['role-arn']} and {both[0]} are both set: remove one of the two ways to sign in")
    name = session_name(step.context.repository, step.context.run)
    return Role(settings.role_arn, settings.oidc_provider, name, settings.oidc_audience)


def _token(github: TokenService, audience: str | None) -> str:
    try:
        return github.token(audience)
    except GitHubError as error:
        hint = "" if error.passing else f". {PERMISSION[0].upper()}{PERMISSION[1:]}, and check oidc-audience"
        code = "NoConnection" if error.passing else "AuthFailure"
        message = f"no OIDC token to sign in with: {error}{hint}"
        raise ApiError(Verdict.NOT_EXECUTED, code, message, connected=not error.passing) from None


def _invalid(message: str) -> RunError:
    return RunError(Reason.INVALID_INPUT, message)
