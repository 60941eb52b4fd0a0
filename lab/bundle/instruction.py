"""The two lines that start the lab from its archive, and what a machine needs for them."""

import platform

from lab.bundle import contents


def of(archive: str, bundle: contents.Contents, dashboard_port: str) -> str:
    """The page that lies beside the file `archive`, with two indented lines for a shell there.

    The first of them checks the archive with whatever the system brings for that.
    """
    check = "shasum -a 256 -c" if platform.system() == "Darwin" else "sha256sum -c"
    folder = contents.FOLDER
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
            f"{folder}/{contents.SITE}/index.html",
            "",
        ]
    )
