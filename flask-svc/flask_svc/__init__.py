"""The Flask service of the lab."""
