"""Folders and files of data sets: where they are kept, downloads and archives."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tarfile
import urllib.error
import urllib.request
import warnings
import zipfile

from ..base import DGLError

__all__ = ["download", "check_sha1", "extract_archive", "get_download_dir", "makedirs"]

_CHUNK = 1 << 20


def dgl_url(path: str) -> str:
    """Address of a file of DGL's, on the server that the variable `DGL_REPO` names if it is set."""
    return os.environ.get("DGL_REPO", "https://data.dgl.ai/").rstrip("/") + "/" + path


def get_download_dir() -> str:
    """The folder for data sets: the variable `DGL_DOWNLOAD_DIR`, else `~/.dgl`. Makes it.

    Source: dgl.data.utils.get_download_dir
    """
    folder = os.environ.get("DGL_DOWNLOAD_DIR", os.path.join(os.path.expanduser("~"), ".dgl"))
    os.makedirs(folder, exist_ok=True)
    return folder


def makedirs(path: str) -> None:
    """Makes a folder and those above it. Does nothing if it is there.

    Source: dgl.data.utils.makedirs
    """
    os.makedirs(os.path.expanduser(os.path.normpath(path)), exist_ok=True)


def check_sha1(filename: str, sha1_hash: str) -> bool:
    """Whether the SHA-1 of a file's content is `sha1_hash`, in hexadecimal digits.

    Source: dgl.data.utils.check_sha1
    """
    digest = hashlib.sha1()
    with open(filename, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == sha1_hash


def download(
    url: str,
    path: str | None = None,
    overwrite: bool = True,
    sha1_hash: str | None = None,
    retries: int = 5,
    verify_ssl: bool = True,
    log: bool = True,
) -> str:
    """Downloads a file, and returns its path.

    `path` is the file, or the folder for it (default: the current one). A file that is there is
    kept if `overwrite` is off and it has the hash, if one is given. What was downloaded in part is
    never left behind. `DGLError` says what could not be had and where it was expected.

    Source: dgl.data.utils.download
    """
    name = url.split("/")[-1]
    target = name if path is None else os.path.expanduser(path)
    if os.path.isdir(target):
        target = os.path.join(target, name)
    if not target:
        raise DGLError(f"[download] url {url!r} ends without a file name: give path.")
    if os.path.exists(target) and not overwrite:
        if sha1_hash is None or check_sha1(target, sha1_hash):
            return target
    if not verify_ssl:
        warnings.warn("verify_ssl=False: the server's certificate is not checked.")
    makedirs(os.path.dirname(os.path.abspath(target)))
    for attempt in range(max(retries, 1)):
        if log:
            print(f"Downloading {target} from {url}...")
        try:
            _fetch(url, target, sha1_hash, verify_ssl)
            return target
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            if log and attempt + 1 < retries:
                print(f"download failed ({reason}), retrying")
    raise DGLError(f"[download] {url} cannot be had ({reason}): put it at {target}")


def _fetch(url: str, target: str, sha1_hash: str | None, verify_ssl: bool) -> None:
    """One attempt: into a file beside the target, which takes its place when it is whole."""
    context = None
    if not verify_ssl:
        import ssl

        context = ssl._create_unverified_context()
    part = target + ".part"
    try:
        with urllib.request.urlopen(url, timeout=60, context=context) as source:
            with open(part, "wb") as file:
                shutil.copyfileobj(source, file, _CHUNK)
        if sha1_hash is not None and not check_sha1(part, sha1_hash):
            raise ValueError("its SHA-1 is not the expected one")
        os.replace(part, target)
    finally:
        if os.path.exists(part):
            os.remove(part)


def extract_archive(file: str, target_dir: str, overwrite: bool = True) -> None:
    """Unpacks a `.zip`, `.tar`, `.tar.gz`, `.tgz` or `.gz` file into a folder.

    Does nothing if the folder is there and `overwrite` is off. `DGLError` for another ending, and
    for an archive with members outside the folder.

    Source: dgl.data.utils.extract_archive
    """
    if os.path.exists(target_dir) and not overwrite:
        return
    print(f"Extracting file to {target_dir}")
    if file.endswith((".tar.gz", ".tar", ".tgz")):
        with tarfile.open(file, "r") as archive:
            root = os.path.realpath(target_dir)
            for member in archive.getmembers():
                inside = os.path.realpath(os.path.join(root, member.name))
                if os.path.commonpath([root, inside]) != root or not (
                    member.isfile() or member.isdir()
                ):
                    raise DGLError(f"[extract_archive] {file}: {member.name!r} is not accepted.")
            archive.extractall(target_dir)
    elif file.endswith(".gz"):
        makedirs(target_dir)
        name = os.path.join(target_dir, os.path.basename(file)[: -len(".gz")])
        with gzip.open(file, "rb") as source, open(name, "wb") as target:
            shutil.copyfileobj(source, target)
    elif file.endswith(".zip"):
        with zipfile.ZipFile(file, "r") as archive:
            archive.extractall(target_dir)
    else:
        raise DGLError(f"[extract_archive] unrecognized file type: {file}")
