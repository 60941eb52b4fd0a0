"""The sync client of CLIENT_TRANSPORT=requests: `requests.get`, as articles print it.

Each call makes a session, opens a connection, and closes both. The environment's proxies count,
as they do for everybody who writes `requests.get`; the lab passes none on.
"""

import requests

from flask_svc.problems import UpstreamTimeout, UpstreamUnreachable
from flask_svc.settings import Settings


class RequestsClient:
    """Takes the place of an httpx.Client, with nothing that is kept between two calls."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def get(self, path: str) -> requests.Response:
        """Ask the upstream once. Raises UpstreamTimeout or UpstreamUnreachable."""
        settings = self._settings
        try:
            return requests.get(
                settings.upstream_url + path,
                headers={"X-Caller": settings.target},
                timeout=(settings.upstream_connect_timeout_s, settings.upstream_timeout_s),
            )
        except requests.ConnectTimeout as error:
            raise UpstreamTimeout(
                f"no connection to the upstream in {settings.upstream_connect_timeout_s:g} s"
            ) from error
        except requests.Timeout as error:
            raise UpstreamTimeout(
                f"no answer from the upstream in {settings.upstream_timeout_s:g} s"
            ) from error
        except requests.RequestException as error:
            raise UpstreamUnreachable(
                f"the upstream at {settings.upstream_url} refused or broke the connection"
            ) from error
