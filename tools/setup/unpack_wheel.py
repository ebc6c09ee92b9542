"""Unpacks the members of a wheel whose names match a pattern: unpack_wheel.py WHEEL FOLDER PATTERN..."""
import fnmatch
import os
import sys
import zipfile


def main(wheel: str, folder: str, patterns: list[str]) -> None:
    root = os.path.realpath(folder)
    with zipfile.ZipFile(wheel) as archive:
        members = [m for m in archive.infolist() if any(fnmatch.fnmatchcase(m.filename, p) for p in patterns)]
        for pattern in patterns:
            if not any(fnmatch.fnmatchcase(m.filename, pattern) for m in members):
                sys.exit(f"{os.path.basename(wheel)} holds nothing that matches {pattern}")
        for member in members:
            path = archive.extract(member, root)
            if not os.path.realpath(path).startswith(root + os.sep):
                sys.exit(f"{member.filename} lies outside {root}")
            # zipfile drops the permission bits, and CUDA's tools are run.
            if (member.external_attr >> 16) & 0o111:
                os.chmod(path, 0o755)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
