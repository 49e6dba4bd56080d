"""Builds the wheel (PEP 517) against the torch that is installed.

pip builds in an environment of its own, without torch: the torch is that of the environment that
runs pip, or the one that the environment variable Torch_ROOT names. The wheel's name carries the
minor version of torch that it needs (`0.1.0+torch2.13`), since PyTorch keeps no binary
compatibility between them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from email.message import Message
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAME = "grapevine_gnn"
# Libraries of the machine that built the wheel which go into it.
_BUNDLED = ("libyaml-cpp", "libmetis", "libGKlib")
_RPATH = "$ORIGIN:$ORIGIN/../torch/lib"
_FIND_TORCH = "import torch; print(torch.__version__); print(torch.__path__[0])"


# ---- hooks
def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """What pip installs for the build: CMake and Ninja where the machine has none."""
    return [tool for tool in ("cmake", "ninja") if shutil.which(tool) is None]


def get_requires_for_build_sdist(config_settings: dict[str, Any] | None = None) -> list[str]:
    """Nothing."""
    return []


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: dict[str, Any] | None = None
) -> str:
    """Writes the wheel's metadata; returns the folder's name."""
    version = _version(_torch()[0])
    folder = f"{NAME}-{version}.dist-info"
    for name, text in _metadata(version).items():
        path = Path(metadata_directory, folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Builds library and module and writes the wheel; returns its name.

    `config_settings` may have "build-dir", where the build stays for the next time, and
    "cmake-args", words for CMake.
    """
    settings = config_settings or {}
    torch_version, torch_folder = _torch()
    version = _version(torch_version)
    kept = settings.get("build-dir")
    with tempfile.TemporaryDirectory() as temporary:
        build = Path(kept or temporary).resolve()
        files = _compile(build, torch_folder, str(settings.get("cmake-args", "")).split())
        package = ROOT / "python" / "grapevine"
        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                files[f"grapevine/{path.relative_to(package).as_posix()}"] = path
        return _write_wheel(Path(wheel_directory), version, files)


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    """Writes the sources as git knows them; returns the archive's name."""
    version = _version_of_sources()
    name = f"{NAME}-{version}"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    with tarfile.open(Path(sdist_directory, f"{name}.tar.gz"), "w:gz") as archive:
        for path in filter(None, tracked.stdout.split("\0")):
            if (ROOT / path).is_file():
                archive.add(ROOT / path, f"{name}/{path}", recursive=False)
        information = Path(sdist_directory, "PKG-INFO")
        information.write_text(_metadata(version)["METADATA"])
        archive.add(information, f"{name}/PKG-INFO")
        information.unlink()
    return f"{name}.tar.gz"


# ---- torch and versions
def _torch() -> tuple[str, Path]:
    """Version and folder of the torch to build against."""
    named = os.environ.get("Torch_ROOT")
    if named:
        version = (Path(named) / "build-version").read_text().strip()
        return version, Path(named)
    # pip puts its build environment into PYTHONPATH and site hooks; -I leaves them out.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    for python in dict.fromkeys((sys.executable, sys._base_executable)):
        found = subprocess.run(
            [python, "-I", "-c", _FIND_TORCH], env=environment, capture_output=True, text=True
        )
        if found.returncode == 0:
            version, folder = found.stdout.split("\n")[:2]
            return version, Path(folder)
    raise SystemExit(
        "grapevine: no torch is installed for this Python; install one (2.6 or newer) and "
        "run pip again"
    )


def _version_of_sources() -> str:
    text = (ROOT / "CMakeLists.txt").read_text()
    return re.search(r"project\(Grapevine VERSION ([0-9.]+)", text)[1]


def _version(torch_version: str) -> str:
    """The version with the minor version of torch as its local part."""
    minor = ".".join(torch_version.split("+")[0].split(".")[:2])
    return f"{_version_of_sources()}+torch{minor}"


# ---- build
def _compile(build: Path, torch_folder: Path, arguments: list[str]) -> dict[str, Path]:
    """Builds the module and the library; returns the files by their place in the wheel."""
    off = [f"-DGRAPEVINE_{part}=OFF" for part in ("TESTS", "BENCH", "EXAMPLES", "WERROR")]
    subprocess.run(
        [
            "cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
            f"-DTorch_ROOT={torch_folder}", f"-DPython_EXECUTABLE={sys.executable}",
            "-DGRAPEVINE_PYTHON=ON", "-DCMAKE_BUILD_WITH_INSTALL_RPATH=ON", *off, *arguments,
        ],
        check=True,
    )  # fmt: skip
    subprocess.run(["cmake", "--build", build, "--target", "grapevine_python"], check=True)
    (module,) = (build / "python" / "grapevine").glob("_C.*.so")
    # The shortest name is the one that the module asks for; a wheel has no links.
    library = min((build / "lib").glob("libgrapevine.so.*"), key=lambda path: len(path.name))
    script = build / "rpath.cmake"
    script.write_text(f'file(RPATH_SET FILE "{library.resolve()}" NEW_RPATH "{_RPATH}")\n')
    subprocess.run(["cmake", "-P", script], check=True)
    files = {"grapevine/_build.py": module.parent / "_build.py"}
    for path in (module, library, *_bundled(library)):
        files[f"grapevine/{path.name}"] = path
    return files


def _bundled(library: Path) -> list[Path]:
    """Where the machine has the libraries of `_BUNDLED` that `library` needs."""
    needed = subprocess.run(["ldd", library], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^\s*(\S+) => (\S+)", needed, re.MULTILINE)
    return [Path(path) for name, path in found if name.startswith(_BUNDLED)]


# ---- wheel
def _tag() -> str:
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    platform = re.sub(r"[^0-9A-Za-z]", "_", sysconfig.get_platform())
    return f"{python}-{python}-{platform}"


def _project() -> dict[str, Any]:
    """The few fields of pyproject.toml that the metadata has, without a TOML reader."""
    text = (ROOT / "pyproject.toml").read_text()

    def one(key: str) -> str:
        return re.search(rf'^{key} = "(.*)"$', text, re.MULTILINE)[1]

    def many(key: str) -> list[str]:
        found = re.search(rf"^{key} = \[(.*)\]$", text, re.MULTILINE)[1]
        return re.findall(r'"([^"]+)"', found)

    return {
        "description": one("description"),
        "requires-python": one("requires-python"),
        "dependencies": many("dependencies"),
        "extras": {extra: many(extra) for extra in ("all", "test")},
    }


def _metadata(version: str) -> dict[str, str]:
    project = _project()
    metadata = Message()
    metadata["Metadata-Version"] = "2.1"
    metadata["Name"] = NAME.replace("_", "-")
    metadata["Version"] = version
    metadata["Summary"] = project["description"]
    metadata["Requires-Python"] = project["requires-python"]
    for requirement in project["dependencies"]:
        metadata["Requires-Dist"] = requirement
    for extra, requirements in project["extras"].items():
        metadata["Provides-Extra"] = extra
        for requirement in requirements:
            metadata["Requires-Dist"] = f"{requirement}; extra == '{extra}'"
    metadata["Description-Content-Type"] = "text/markdown"
    wheel = f"Wheel-Version: 1.0\nGenerator: grapevine\nRoot-Is-Purelib: false\nTag: {_tag()}\n"
    readme = (ROOT / "README.md").read_text()
    return {"METADATA": f"{metadata}\n{readme}", "WHEEL": wheel}


def _write_wheel(folder: Path, version: str, files: dict[str, Path]) -> str:
    name = f"{NAME}-{version}-{_tag()}.whl"
    information = f"{NAME}-{version}.dist-info"
    record = []

    def add(archive: zipfile.ZipFile, place: str, data: bytes, mode: int) -> None:
        entry = zipfile.ZipInfo(place, (2020, 1, 1, 0, 0, 0))
        entry.external_attr = (0o100000 | mode) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record.append(f"{place},sha256={digest},{len(data)}")

    with zipfile.ZipFile(folder / name, "w") as archive:
        for place, path in files.items():
            add(archive, place, path.read_bytes(), 0o755 if ".so" in path.name else 0o644)
        for place, text in _metadata(version).items():
            add(archive, f"{information}/{place}", text.encode(), 0o644)
        license_text = (ROOT / "LICENSE").read_bytes()
        add(archive, f"{information}/licenses/LICENSE", license_text, 0o644)
        record.append(f"{information}/RECORD,,")
        archive.writestr(f"{information}/RECORD", "\n".join(record) + "\n")
    return name
