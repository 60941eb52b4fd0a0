"""The FastAPI service of the lab."""
