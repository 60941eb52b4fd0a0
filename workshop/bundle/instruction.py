"""The instruction beside an archive: two shell lines that start the lab, and its requirements."""

import platform

from lab.runtime import bundle_contents


def of(archive: str, bundle: bundle_contents.Contents, dashboard_port: str) -> str:
    """Text of the instruction for the file `archive`, with two indented shell lines.

    The first line checks the archive with the system's own checksum program.
    """
    check = "shasum -a 256 -c" if platform.system() == "Darwin" else "sha256sum -c"
    folder = bundle_contents.FOLDER
    docker = (
        f"With Docker: an engine that runs {bundle.images_for}; the images are inside."
        if bundle.images_for
        else "With Docker: not from this archive; it was made without an engine."
    )
    return "\n".join(
        [
            "The Flask or FastAPI lab, for a room without internet. Two lines start it:",
            "",
            f"    {check} {archive}.sha256 && tar -xf {archive} && cd {folder}",
            "    make up",
            "",
            docker,
            f"Without Docker: {bundle.wheels_for}, with its venv module. `make up RUNTIME=local`",
            "chooses this way even where an engine answers.",
            f"The dashboard is then at http://localhost:{dashboard_port}, and the handouts at",
            f"http://localhost:{dashboard_port}/handouts/; they also open from the disk:",
            f"{folder}/{bundle_contents.SITE}/index.html",
            "",
        ]
    )
