"""The limit on open files: a connection uses one file descriptor on each of its two sides."""

import resource
from contextlib import suppress


def raise_file_limit() -> int:
    """Raise the soft limit as far as the system allows, and return the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, max(soft, 65_536), max(soft, 10_240)):  # macOS: no hard limit, less allowed
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
