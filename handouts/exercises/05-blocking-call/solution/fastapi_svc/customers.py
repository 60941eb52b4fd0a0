"""Who may ask: another service keeps the list, and is asked for each request."""

import httpx

from fastapi_svc.settings import Settings


class Customers:
    """The list of customers, half a second away."""

    def __init__(self, settings: Settings) -> None:
        self._client = httpx.AsyncClient(
            base_url=settings.upstream_url,
            headers={"X-Caller": settings.target},
            trust_env=False,
        )

    async def known(self, customer: str = "anybody") -> str:
        """The customer, once the list has been asked whether there is one of that name."""
        # A blocking client stops everybody in this worker, however many `async def` stand around
        # it. Where there is no async client, a dependency that is plain `def` does as well:
        # FastAPI runs that in a thread.
        response = await self._client.get("/call?share=0.5")
        response.raise_for_status()
        return customer

    async def close(self) -> None:
        """Close the connections to the list."""
        await self._client.aclose()
