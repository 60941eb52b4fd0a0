"""Start the service: `python -m flask_svc`."""

import os
import resource
import signal
import sys
from contextlib import suppress

from flask_svc import listeners, storage_file
from flask_svc.settings import Settings, SettingsError


def main() -> None:
    """Check the settings, create the storage, then serve, below a supervisor if there is to be one.

    Exits with 2 and one sentence for a bad setting: a worker that found it would end, and its
    server would start the next one, for ever.
    """
    try:
        settings = Settings.from_env(os.environ)
        listeners.refuse_taken_port(settings)
    except SettingsError as error:
        print(f"flask-svc: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    try:
        storage_file.create(settings)
    except OSError as error:
        print(f"flask-svc: DATA_DIR={settings.data_dir!r}: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    raise_file_limit()
    if settings.supervisor_host:
        supervise(settings)
    else:
        from flask_svc import serving  # imported here: a supervisor needs no server

        serving.serve(settings)


def supervise(settings: Settings) -> None:
    """Run the server below a supervisor, and end as it ends.

    Exits with 2 and one sentence where a port cannot be had.
    """
    from flask_svc import supervisor  # imported here: without one, it would cost memory

    try:
        code = supervisor.run(settings, os.environ)
    except SettingsError as error:
        print(f"flask-svc: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    if code < 0:  # a signal ended the server: end by the same one
        with suppress(OSError):  # SIGKILL has no other way to act
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def raise_file_limit() -> None:
    """Raise the soft limit on open files as far as the system allows.

    Every waiting request uses two file descriptors: the client's and the upstream's.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, max(soft, 65_536), max(soft, 10_240)):  # macOS: no hard limit, less allowed
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            return


if __name__ == "__main__":
    main()
