"""The name `dgl` for Grapevine: `import dgl.nn` gives the module `grapevine.nn`, itself."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import multiprocessing.spawn
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator, Sequence

from .. import _build

PACKAGE = __name__.partition(".")[0]
ALIAS = "dgl"
DGL_VERSION = "2.1.0"
"""The version of DGL whose names and behaviour these are."""
VERSION = f"{DGL_VERSION}+{PACKAGE}.{_build.VERSION}"
"""The version of the module `dgl`, in the form in which DGL's own wheels add that of CUDA.

It compares as DGL's does, and its local part says whose module it is."""


class _Distribution(importlib.metadata.Distribution):
    """What `importlib.metadata` says of the distribution "dgl"."""

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        return (
            f"Metadata-Version: 2.1\nName: {ALIAS}\nVersion: {VERSION}\n"
            f"Summary: Grapevine under the name of DGL\n"
        )

    def locate_file(self, path: Any) -> Path:
        return Path(__file__).parent / path


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `dgl` and `dgl.x.y`: the modules `grapevine` and `grapevine.x.y`."""

    def __init__(self) -> None:
        self._specs: dict[str, importlib.machinery.ModuleSpec | None] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        head, _, rest = fullname.partition(".")
        if head != ALIAS or importlib.util.find_spec(self._original(fullname)) is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._original(spec.name))
        # What is loaded needs no import of its own, which would bind `dgl.batch`, say, to the
        # module where the package has bound it to the function.
        for name, loaded in list(sys.modules.items()):
            if name.startswith(PACKAGE + "."):
                sys.modules.setdefault(ALIAS + name[len(PACKAGE) :], loaded)
        sys.modules.pop(spec.name, None)
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just put the alias's spec on the module: its own goes back.
        assert module.__spec__ is not None
        module.__spec__ = self._specs.pop(module.__spec__.name)

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterator[importlib.metadata.Distribution]:
        """The distribution "dgl", for `importlib.metadata.version("dgl")`."""
        if context is None or context.name is None or context.name.lower() == ALIAS:
            yield _Distribution()

    @staticmethod
    def _original(fullname: str) -> str:
        return PACKAGE + fullname[len(ALIAS) :]


class _InstallInChild:
    """Installs the alias where it is unpickled: in a process that multiprocessing starts."""

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return install, ()


def install() -> None:
    """Makes `import dgl` give Grapevine in this process and in those that it spawns.

    They are one module with one version, which from now on is `VERSION`; that of the distribution
    grapevine-gnn is ours still. A DGL that is installed or was put on the path is not found any
    more; one that is imported already stays where it is. Calling it again changes nothing.
    """
    if any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, AliasFinder())
    importlib.import_module(PACKAGE).__version__ = VERSION
    prepare = multiprocessing.spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, Any]:
        return {**prepare(name), ALIAS: _InstallInChild()}

    multiprocessing.spawn.get_preparation_data = get_preparation_data
