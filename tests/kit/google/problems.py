"""Errors, in the form in which each of Google's APIs tells them."""

from typing import Any

Json = dict[str, Any]

NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


class Problem(Exception):
    """A request that is answered with an error.

    `reason`: of Google's list of the API. `name`: the canonical status, where it is not the usual one of the HTTP
    status. `where`: (locationType, location). `details`: as in google.rpc.Status.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str = "",
        *,
        name: str | None = None,
        domain: str = "global",
        where: tuple[str, str] | None = None,
        details: list[Json] | None = None,
        headers: dict[str, str] | None = None,
        more: Json | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message or reason
        self.name = name
        self.domain = domain
        self.where = where
        self.details = details
        self.headers = headers or {}
        self.more = more or {}

    def told(self, api: str) -> Json:
        """The body. Calendar names the canonical status only where the sign-in answers; People has no `errors`."""
        error: Json = {"code": self.status, "message": self.message}
        if api != "people":
            entry = {"message": self.message, "domain": self.domain, "reason": self.reason}
            if self.where:
                entry |= {"locationType": self.where[0], "location": self.where[1]}
            error["errors"] = [entry | self.more]
        if api != "calendar" or self.name:
            error["status"] = self.name or NAMES.get(self.status, "UNKNOWN")
        if self.details:
            error["details"] = self.details
        return {"error": error}


def unauthorized(message: str, reason: str) -> Problem:
    return Problem(
        401,
        reason,
        message,
        name="UNAUTHENTICATED",
        where=("header", "Authorization"),
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


def insufficient_scope(service: str, method: str, scopes: list[str]) -> Problem:
    realm = 'Bearer realm="https://accounts.google.com/"'
    return Problem(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        name="PERMISSION_DENIED",
        details=[_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", {"service": service, "method": method})],
        headers={"WWW-Authenticate": f'{realm}, error="insufficient_scope", scope="{" ".join(scopes)}"'},
    )


def api_disabled(service: str, title: str, project: str) -> Problem:
    url = f"https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    return Problem(
        403,
        "accessNotConfigured",
        f"{title} has not been used in project {project} before or it is disabled. Enable it by visiting {url} then "
        "retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and "
        "retry.",
        name="PERMISSION_DENIED",
        domain="usageLimits",
        more={"extendedHelp": "https://console.developers.google.com"},
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [{"description": "Google developers console API activation", "url": url}],
            },
            _info("SERVICE_DISABLED", {"service": service, "consumer": f"projects/{project}"}),
        ],
    )


def _info(reason: str, metadata: dict[str, str]) -> Json:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }
