"""The client of WeData, and where its keys come from: the environment, or GitHub's OIDC token and a role.

Nothing is sent before `sign_in`, so that a run without a change needs neither keys that work nor a network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.github.context import Context
from wedata_action.parsers import endpoint as parse_endpoint
from wedata_action.settings import Settings
from wedata_action.tencent.credentials import (
    SECRET_NAMES,
    Renewing,
    Source,
    Temporary,
    from_environment,
)

if TYPE_CHECKING:
    import requests

    from wedata_action.github.oidc import TokenService
    from wedata_action.tencent.client import Client
    from wedata_action.tencent.sts import Role

STS_ENDPOINT = "WEDATA_STS_ENDPOINT"
"""The variable for an STS host that does not follow from the endpoint: the sandbox's, or a private one."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in needs. `keep_secret` hides a text wherever it would be shown; `log` and `debug` write a line."""

    settings: Settings
    context: Context | None
    environ: Mapping[str, str]
    clock: Clock
    session: Callable[[], requests.Session]
    keep_secret: Callable[[str], None]
    log: Callable[[str], None]
    debug: Callable[[str], None]

    def client(self) -> Client:
        """Sends nothing yet. Raises `RunError` for settings that cannot work."""
        from wedata_action.tencent.client import Client, Service

        settings = self.settings
        if settings.region is None:
            raise _invalid("input 'region' is not set: give a region such as ap-singapore")
        service = Service(settings.endpoint, settings.region, settings.requests_per_second, role_arn=settings.role_arn)
        keys = self._credentials(settings.region)
        return Client(service, keys, clock=self.clock, session=self.session(), debug=self.debug)

    def _credentials(self, region: str) -> Source:
        settings = self.settings
        if settings.role_arn is None:
            for name in ("oidc-provider", "oidc-audience"):
                if name in settings.given:
                    raise _invalid(f"input '{name}' is set but 'role-arn' is not: set both, or neither to use keys")
            keys = from_environment(self.environ)
            return lambda: keys
        role = _role(settings, self.context, self.environ)
        from wedata_action.github.oidc import token_service
        from wedata_action.tencent.client import Client, Service

        session = self.session()
        github = token_service(self.environ, session=session, clock=self.clock)
        self.keep_secret(github.bearer)
        service = Service(sts_endpoint(settings.endpoint, self.environ), region)
        sts = Client(service, lambda: None, clock=self.clock, session=session, debug=_say_nothing)
        return Renewing(lambda: self._assume(role, github, sts), self.clock, self.log)

    def _assume(self, role: Role, github: TokenService, sts: Client) -> Temporary:
        """New keys, each secret hidden before it is used. Raises `ApiError`."""
        from wedata_action.tencent.sts import assume_role

        token = _token(github, role.audience)
        self.keep_secret(token)
        temporary = assume_role(sts.call, role, token, self.clock)
        for secret in (temporary.keys.secret_id, temporary.keys.secret_key, temporary.keys.token):
            if secret:
                self.keep_secret(secret)
        minutes = (temporary.expires - self.clock.now()) / 60
        self.log(f"Signed in as {role.arn} for {minutes:.0f} minutes, in session {role.session}")
        return temporary


def sign_in(client: Client) -> None:
    """Gets the keys in this thread, so that a failure ends the run before anything is sent. Raises `RunError`."""
    from wedata_action.tencent.verdicts import ApiError

    try:
        client.sign_in()
    except ApiError as error:
        raise RunError(error.reason, str(error)) from error


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
    raise _invalid(f"the STS host does not follow from input 'endpoint' {host!r}: set {STS_ENDPOINT} to its name")


def _role(settings: Settings, context: Context | None, environ: Mapping[str, str]) -> Role:
    from wedata_action.tencent.sts import Role, is_role_arn, session_name

    if context is None:
        raise _invalid(
            "input 'role-arn' works only in GitHub Actions, where a job has an OIDC token: unset it, and set "
            "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"
        )
    if settings.role_arn is None or not is_role_arn(settings.role_arn):
        raise _invalid(
            f"input 'role-arn': {settings.role_arn!r} is not allowed; give qcs::cam::uin/<uin>:roleName/<name>, as "
            "shown on the role's page"
        )
    if settings.oidc_provider is None:
        raise _invalid("input 'oidc-provider' is not set: 'role-arn' needs the name of the CAM identity provider")
    both = [name for name in SECRET_NAMES if environ.get(name)]
    if both:
        raise _invalid(f"input 'role-arn' and {both[0]} are both set: remove one of the two ways to sign in")
    name = session_name(context.repository, context.run)
    return Role(settings.role_arn, settings.oidc_provider, name, settings.oidc_audience)


def _token(github: TokenService, audience: str | None) -> str:
    from wedata_action.github.errors import GitHubError
    from wedata_action.github.oidc import PERMISSION
    from wedata_action.tencent.verdicts import ApiError, Verdict

    try:
        return github.token(audience)
    except GitHubError as error:
        hint = "" if error.passing else f". {PERMISSION[0].upper()}{PERMISSION[1:]}, and check oidc-audience"
        code = "NoConnection" if error.passing else "AuthFailure"
        message = f"no OIDC token to sign in with: {error}{hint}"
        raise ApiError(Verdict.NOT_EXECUTED, code, message, connected=not error.passing) from None


def _say_nothing(_: str) -> None:
    """Instead of the debug log: request and answer hold secrets, and those of the answer are not hidden yet."""


def _invalid(message: str) -> RunError:
    return RunError(Reason.INVALID_INPUT, message)
