"""The limit on open files: each connection takes one, on both of its sides."""

import resource
from contextlib import suppress


def raise_file_limit() -> int:
    """Raise the soft limit as far as the system allows; the limit now in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, max(soft, 65_536), max(soft, 10_240)):  # macOS has no hard one, and less
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
