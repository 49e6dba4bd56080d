"""The base classes of data sets."""

from __future__ import annotations

import hashlib
import os
import traceback
from typing import Any, Callable

from ..base import DGLError
from .download import download, extract_archive, get_download_dir, makedirs

__all__ = ["DGLDataset", "DGLBuiltinDataset"]

Transform = Callable[[Any], Any]


def _hash(value: Any) -> str:
    return hashlib.sha1(str(value).encode("utf-8")).hexdigest()[:8]


class DGLDataset:
    """A data set that is made when it is constructed: loaded from a cache, or processed.

    If `has_cache()`, `load()` is called, else (or if that fails, or with `force_reload`)
    `download()` (unless `raw_path` is there), `process()` and `save()`. Subclasses define
    `process`, `__getitem__` and `__len__`, and whichever of the others they need.

    Arguments: `name`; `url` of the raw data; `raw_dir`, the folder for downloads (default:
    `get_download_dir()`); `save_dir`, that for processed data (default: `raw_dir`); `hash_key`,
    values that tell apart variants of the data set; `force_reload`; `verbose`, to print what is
    done; `transform`, a function of a graph that `__getitem__` applies.

    Source: dgl.data.DGLDataset
    """

    def __init__(
        self,
        name: str,
        url: str | None = None,
        raw_dir: str | None = None,
        save_dir: str | None = None,
        hash_key: tuple[Any, ...] = (),
        force_reload: bool = False,
        verbose: bool = False,
        transform: Transform | None = None,
    ) -> None:
        self._name = name
        self._url = url
        self._force_reload = force_reload
        self._verbose = verbose
        self._hash_key = hash_key
        self._hash = self._get_hash()
        self._transform = transform
        self._raw_dir = get_download_dir() if raw_dir is None else raw_dir
        self._save_dir = self._raw_dir if save_dir is None else save_dir
        self._load()

    def download(self) -> None:
        """Fetches the raw data into `raw_dir`. Does nothing unless a subclass defines it."""

    def save(self) -> None:
        """Writes the processed data to `save_path`. Does nothing unless a subclass defines it."""

    def load(self) -> None:
        """Reads what `save` wrote. Does nothing unless a subclass defines it."""

    def process(self) -> None:
        """Makes the graphs from the raw data. Does nothing unless a subclass defines it."""

    def has_cache(self) -> bool:
        """Whether `load` can be called. False unless a subclass defines it."""
        return False

    def _download(self) -> None:
        if os.path.exists(self.raw_path):
            return
        makedirs(self.raw_dir)
        self.download()

    def _load(self) -> None:
        if not self._force_reload and self.has_cache() and self._load_cache():
            return
        self._download()
        self.process()
        self.save()
        if self.verbose:
            print("Done saving data into cached files.")

    def _load_cache(self) -> bool:
        """Whether the cache could be read: one that cannot is made again."""
        try:
            self.load()
        except Exception:
            if self.verbose:
                print(traceback.format_exc())
                print("Loading from cache failed, re-processing.")
            return False
        if self.verbose:
            print("Done loading data from cached files.")
        return True

    def _get_hash(self) -> str:
        return _hash(self._hash_key)

    def _get_hash_url_suffix(self) -> str:
        return "" if self._url is None else "_" + _hash(self._url)

    def _transformed(self, graph: Any) -> Any:
        """The graph, through `transform` if there is one."""
        return graph if self._transform is None else self._transform(graph)

    @property
    def url(self) -> str | None:
        """Address of the raw data."""
        return self._url

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self._name

    @property
    def raw_dir(self) -> str:
        """Folder for downloads."""
        return self._raw_dir

    @property
    def raw_path(self) -> str:
        """Folder of this data set's raw data: the name, and a hash of the address if any."""
        return os.path.join(self.raw_dir, self.name + self._get_hash_url_suffix())

    @property
    def save_dir(self) -> str:
        """Folder for processed data."""
        return self._save_dir

    @property
    def save_path(self) -> str:
        """Folder of this data set's processed data."""
        return os.path.join(self.save_dir, self.name + self._get_hash_url_suffix())

    @property
    def verbose(self) -> bool:
        """Whether it prints what is done."""
        return self._verbose

    @property
    def hash(self) -> str:
        """Eight hexadecimal digits that belong to `hash_key`."""
        return self._hash

    def __getitem__(self, idx: Any) -> Any:
        """The item at an index. Every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} does not define __getitem__()")

    def __len__(self) -> int:
        """The number of items. Every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} does not define __len__()")

    def __repr__(self) -> str:
        return f'Dataset("{self.name}", num_graphs={len(self)}, save_path={self.save_path})'


class DGLBuiltinDataset(DGLDataset):
    """A data set whose raw data is a zip file at an address, unpacked into `raw_path`.

    Arguments are those of `DGLDataset`. `DGLError` says which file was expected where if it is not
    there and cannot be downloaded.

    Source: dgl.data.DGLBuiltinDataset
    """

    def __init__(
        self,
        name: str,
        url: str | None,
        raw_dir: str | None = None,
        hash_key: tuple[Any, ...] = (),
        force_reload: bool = False,
        verbose: bool = False,
        transform: Transform | None = None,
    ) -> None:
        super().__init__(
            name,
            url=url,
            raw_dir=raw_dir,
            save_dir=None,
            hash_key=hash_key,
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    def download(self) -> None:
        """Downloads the zip file and unpacks it into `raw_path`."""
        if self.url is None:
            return
        archive = os.path.join(self.raw_dir, self.name + ".zip")
        try:
            download(self.url, path=archive)
        except DGLError as error:
            raise DGLError(f"{error}, or what is in it into {self.raw_path}.") from None
        extract_archive(archive, self.raw_path)


class SingleGraphDataset:
    """Mixed into data sets of one graph, `self._graph`."""

    def __getitem__(self, idx: int) -> Any:
        """The graph, for index 0; `AssertionError` for any other."""
        assert idx == 0, "This dataset has only one graph"
        return self._transformed(self._graph)

    def __len__(self) -> int:
        return 1


class LabelledGraphsDataset:
    """Mixed into data sets of graphs, `self.graphs`, each with a label, `self.labels`."""

    def __getitem__(self, idx: int) -> tuple[Any, Any]:
        """A graph and its label."""
        return self._transformed(self.graphs[idx]), self.labels[idx]

    def __len__(self) -> int:
        return len(self.graphs)
