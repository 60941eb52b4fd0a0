"""The limit on open files: each connection takes one, on both of its sides."""

import resource
from contextlib import suppress


def raise_file_limit() -> int:
    """Raise the soft limit to the hard one, where that is allowed; the limit now in force."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some kernels grant less than their hard limit says
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
