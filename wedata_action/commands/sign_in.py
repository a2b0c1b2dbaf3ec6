"""Where the keys come from: the environment, or GitHub's OIDC token and a role (`role-arn`)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wedata_action.errors import Reason, RunError
from wedata_action.tencent.credentials import (
    SECRET_NAMES,
    Renewing,
    Source,
    Temporary,
    from_environment,
)

if TYPE_CHECKING:
    from wedata_action.commands.run import Run
    from wedata_action.github.oidc import TokenService
    from wedata_action.settings import Settings
    from wedata_action.tencent.sts import Role
    from wedata_action.tencent.wedata import Call


def credentials(run: Run, region: str) -> Source:
    """The source of the run's keys. Sends nothing yet. Raises `RunError` for settings that cannot work."""
    settings = run.settings
    if settings.role_arn is None:
        for name in ("oidc-provider", "oidc-audience"):
            if name in settings.given:
                raise _invalid(f"input '{name}' is set and 'role-arn' is not: set both, or none to use keys")
        keys = from_environment(run.environ)
        return lambda _: keys
    role = _role(run)
    from wedata_action.github.oidc import token_service
    from wedata_action.tencent.client import Client

    session = run.session()
    github = token_service(run.environ, session=session, timeout=30, clock=run.clock)
    run.console.mask(github.bearer)
    sts = Client(
        run.environ.get("WEDATA_STS_ENDPOINT") or "https://sts.intl.tencentcloudapi.com",
        region,
        lambda _: None,
        timeout=30,
        clock=run.clock,
        session=session,
        debug=_say_nothing,
    )
    return Renewing(functools.partial(_sign_in, run, github, sts.call, role), run.clock, run.console.line)


def advice(settings: Settings) -> Mapping[str, str]:
    """What to do about errors of WeData that say whose keys they were, by code."""
    if settings.role_arn is None:
        text = "Make the user of these keys a member of the WeData project, with a role that may submit tasks"
    else:
        text = (
            f"Add the role {settings.role_arn} to the members of the WeData project; if it cannot be one, use keys of "
            "a user who is, without role-arn"
        )
    return dict.fromkeys(("UnauthorizedOperation.UserNotInProject", "OperationDenied.UserNotInProject"), text)


def _role(run: Run) -> Role:
    from wedata_action.tencent.sts import Role, is_role_arn, session_name

    settings, context = run.settings, run.context
    if context is None:
        raise _invalid(
            "input 'role-arn' works in GitHub Actions only, where a job has an OIDC token: unset it, and set "
            "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"
        )
    if settings.role_arn is None or not is_role_arn(settings.role_arn):
        raise _invalid(
            f"input 'role-arn': {settings.role_arn!r} is not allowed; give qcs::cam::uin/<uin>:roleName/<name>, as the "
            "page of the role shows it"
        )
    if settings.oidc_provider is None:
        raise _invalid("input 'oidc-provider' is not set: 'role-arn' needs the name of the CAM identity provider")
    both = [name for name in SECRET_NAMES if run.environ.get(name)]
    if both:
        raise _invalid(f"input 'role-arn' and {both[0]} are both set: remove one of the two ways to sign in")
    name = session_name(context.repository, context.run)
    return Role(settings.role_arn, settings.oidc_provider, name, settings.oidc_audience)


def _sign_in(run: Run, github: TokenService, call: Call, role: Role) -> Temporary:
    """New keys, each secret masked before it is used. Raises `ApiError`."""
    from wedata_action.github.api import GitHubError
    from wedata_action.github.oidc import PERMISSION
    from wedata_action.tencent.sts import assume_role
    from wedata_action.tencent.verdicts import ApiError, Verdict

    try:
        token = github.token(role.audience)
    except GitHubError as error:
        hint = "" if error.passing else f". {PERMISSION[0].upper()}{PERMISSION[1:]}, and look at oidc-audience"
        code = "NoConnection" if error.passing else "AuthFailure"
        message = f"no OIDC token to sign in with: {error}{hint}"
        raise ApiError(Verdict.NOT_EXECUTED, code, message, connected=not error.passing) from None
    run.console.mask(token)
    temporary = assume_role(call, role, token, run.clock)
    for secret in (temporary.keys.secret_id, temporary.keys.secret_key, temporary.keys.token):
        if secret:
            run.console.mask(secret)
    left = (temporary.expires - run.clock.now()) / 60
    run.console.line(f"Signed in as {role.arn} for {left:.0f} minutes, as session {role.session}")
    return temporary


def _say_nothing(_: str) -> None:
    """In place of the debug log: request and answer are secrets, and the answer's are not yet masked."""


def _invalid(message: str) -> RunError:
    return RunError(Reason.INVALID_INPUT, message)
