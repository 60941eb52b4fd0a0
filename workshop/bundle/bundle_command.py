"""`make bundle`: one archive with everything that a room without internet needs."""

import errno
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lab.environment import ROOT
from lab.runtime import RuntimeProblem, bundle_contents, bundle_fit, tell
from workshop.bundle import archived_images, instruction, site, tree, wheels
from workshop.bundle.archive import Archive
from workshop.bundle.checksum import sha256

SHOWN = 3  # number of left-out files that the message names


def make(*, archive: Path, environ: Mapping[str, str], engine: bool, root: Path = ROOT) -> int:
    """Write the archive, its checksum and its instruction; print the instruction.

    `engine` says whether a Docker engine answers. RUNTIME=local leaves the images out in any case.
    Raises RuntimeProblem where anything fails; then no new file is left behind and an older archive
    is unchanged.
    """
    if archive.is_dir():
        raise RuntimeProblem(f"{archive} is a folder: name a file in it")
    if environ.get("RUNTIME") == "docker" and not engine:
        raise RuntimeProblem("RUNTIME=docker, but no Docker engine answers: start it")
    with_images = engine and environ.get("RUNTIME") != "local"
    archive = archive.absolute()
    try:
        # All three files are written in a temporary folder beside, and renamed together once
        # complete.
        with tempfile.TemporaryDirectory(prefix=".bundle-", dir=archive.parent) as made:
            whole = Path(made) / archive.name
            bundle = pack(whole, environ, with_images=with_images, root=root)
            said = instruction.of(archive.name, bundle, environ["LOCUST_PORT"])
            checksum = f"{sha256(whole)}  {archive.name}\n"
            whole.with_name(f"{archive.name}.sha256").write_text(checksum, encoding="utf-8")
            whole.with_name(f"{archive.stem}.README-first.txt").write_text(said, encoding="utf-8")
            for path in Path(made).iterdir():
                path.replace(archive.with_name(path.name))
    except OSError as problem:
        room = ": make room" if problem.errno == errno.ENOSPC else ""
        raise RuntimeProblem(
            f"{problem.filename or archive}: {problem.strerror}{room}; the archive is not written"
        ) from problem
    tell(f"bundle: {archive} has {in_mb(archive.stat().st_size)}; its checksum lies beside it")
    print(said, end="")
    return 0


def pack(
    whole: Path, environ: Mapping[str, str], *, with_images: bool, root: Path
) -> bundle_contents.Contents:
    """Build and fetch the archive's contents, write them to `whole`, return their description."""
    tracked = tree.files(root)
    if outside := tree.untracked(root):
        names = ", ".join(outside[:SHOWN]) + (", ..." if len(outside) > SHOWN else "")
        tell(f"bundle: git does not track these, and they stay out: {names}")
    pages = site.files(root, tracked, environ)
    images_for = ""
    if with_images:
        tell("bundle: building the images, as far as they have changed")
        images_for = archived_images.build(environ)
    else:
        tell("bundle: without images, since no Docker engine is asked for them")
    tell(f"bundle: fetching the wheels for {bundle_fit.this_python()} (a minute at most, mostly)")
    with tempfile.TemporaryDirectory(prefix="wheels-", dir=whole.parent) as folder:
        fetched = wheels.fetch(root, Path(folder), environ)
        tell(f"bundle: {len(fetched)} wheels, {in_mb(sum(at.stat().st_size for at in fetched))}")
        bundle = bundle_contents.Contents(tracked, bundle_fit.this_python(), images_for)
        moment = max(int((root / name).stat().st_mtime) for name in tracked)
        with whole.open("wb") as file:
            archive = Archive(file, bundle_contents.FOLDER, moment)
            archive.add_text(bundle_contents.FILE, bundle.text())
            for name in sorted({*tracked, *pages}):
                archive.add_file(name, root / name)
            for path in fetched:
                archive.add_file(f"{bundle_contents.WHEELS}/{path.name}", path)
                path.unlink()  # so that no wheel is on the disk twice
            if images_for:
                tell("bundle: packing the images (a few seconds each)")
                with archive.stream(bundle_contents.IMAGES) as member:
                    archived_images.save(member)
            archive.close()
            file.flush()
            os.fsync(file.fileno())  # a USB stick may be pulled out right afterwards
    return bundle


def in_mb(size_bytes: int) -> str:
    """Format a size in megabytes: "431 MB"."""
    return f"{size_bytes / 1e6:.0f} MB"
