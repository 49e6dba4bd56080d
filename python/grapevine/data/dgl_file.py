"""Reads files that DGL's own `save_graphs` and `save_tensors` wrote, versions 1 and 2.

Nothing in a file is trusted: `DGLError` names it and what is wrong. O(size of the file).
"""

from __future__ import annotations

import contextlib
import math
import struct
from typing import Any, Iterator, Sequence

import torch

from ..base import DGLError
from ..convert import heterograph
from ..heterograph import DGLGraph

_FILE = 0xDD2E4FF046B4A13F
_TENSORS = 0xDD5A9FBE3FA2443F
_TENSOR = 0xDD5E40F096B4A13F
_HETERO = 0xDD589FBE35224ABF
_META = 0xDD3C5FFE20046ABF
_UNIT = 0xDD2E60F0F6B4A127
_COO = 0xDD61FFD305DFF127
_CSR = 0xDD6CD31205DFF127
_HEADER = 4096
_NEW = 1 << 32  # set where a set of formats is stored, not the number of one
_FORMATS = ("coo", "csr", "csc")
_DTYPES = {
    (0, 8): torch.int8,
    (0, 16): torch.int16,
    (0, 32): torch.int32,
    (0, 64): torch.int64,
    (1, 1): torch.bool,
    (1, 8): torch.uint8,
    (2, 16): torch.float16,
    (2, 32): torch.float32,
    (2, 64): torch.float64,
    (4, 16): torch.bfloat16,
}

Columns = dict[str, torch.Tensor]


def is_dgl_file(path: str) -> bool:
    """Whether a file begins as those of DGL's do."""
    with open(path, "rb") as file:
        start = file.read(8)
    return len(start) == 8 and struct.unpack("<Q", start)[0] in (_FILE, _TENSORS)


@contextlib.contextmanager
def _reading(path: str) -> Iterator[_Reader]:
    """A reader of a file; whatever a damaged one leads to is a `DGLError` that names it."""
    reader = _Reader(path)
    try:
        yield reader
    except DGLError as error:
        known = str(error).startswith(path)
        raise error if known else reader.fail(str(error)) from None
    except (RuntimeError, ValueError, LookupError, TypeError, OverflowError, MemoryError) as error:
        raise reader.fail(str(error)) from None


def read_dgl_graphs(path: str, indices: Sequence[int]) -> list[DGLGraph]:
    """The graphs of a file at `indices`, all of them if there are none."""
    with _reading(path) as reader:
        if reader.version() == 1:
            starts, read = reader.offsets(), reader.old_graph
        else:
            starts, read = reader.graph_starts(), reader.graph
        for index in indices:
            if not 0 <= index < len(starts):
                raise DGLError(f"{path}: no graph {index}: there are {len(starts)}")
        return [read(starts[index]) for index in indices or range(len(starts))]


def read_dgl_labels(path: str) -> Columns:
    """The labels of a file of graphs, or the tensors of a file of tensors."""
    with _reading(path) as reader:
        if reader.peek() == _TENSORS:
            reader.take("QQ")
        elif reader.version() == 1:
            reader.offsets()
        else:
            reader.at = _HEADER + 8
        return reader.columns()


class _Reader:
    """Reads a file from `at` on."""

    def __init__(self, path: str) -> None:
        self.path = path
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        self.at = 0

    def fail(self, what: str) -> DGLError:
        """The exception that says what is wrong with the file."""
        return DGLError(f"{self.path}: not a file of DGL's that can be read: {what}")

    def peek(self) -> int:
        """The next eight bytes as a number; stays where it is."""
        start = self.at
        (value,) = self.take("Q")
        self.at = start
        return value

    def seek(self, place: int) -> None:
        """Goes on at a byte of the file."""
        if not 0 <= place <= len(self.data):
            raise self.fail("it is cut short")
        self.at = place

    def take(self, form: str) -> tuple[Any, ...]:
        """Numbers, as `struct` names their types."""
        form = "<" + form
        try:
            values = struct.unpack_from(form, self.data, self.at)
        except struct.error:
            raise self.fail("it is cut short") from None
        self.at += struct.calcsize(form)
        return values

    def expect(self, magic: int, what: str) -> None:
        """Reads the number that marks what follows."""
        if self.take("Q")[0] != magic:
            raise self.fail(f"expected {what} at byte {self.at - 8}")

    def count(self) -> int:
        """The length of what follows, which takes a byte each at least."""
        (count,) = self.take("Q")
        if count > len(self.data) - self.at:
            raise self.fail(f"{count} things at byte {self.at}, of which there is no room")
        return count

    def text(self) -> str:
        """A string."""
        start = self.at + 8
        self.at = start + self.count()
        return self.data[start : self.at].decode("utf-8", errors="replace")

    def texts(self) -> list[str]:
        """A list of strings."""
        return [self.text() for _ in range(self.count())]

    def numbers(self) -> tuple[int, ...]:
        """A list of integers."""
        return self.take(f"{self.count()}q")

    def tensor(self) -> torch.Tensor:
        """A tensor, copied."""
        self.expect(_TENSOR, "a tensor")
        _, _, _, ndim, code, bits, lanes = self.take("QiiiBBH")
        if (code, bits) not in _DTYPES or lanes != 1 or not 0 <= ndim <= 64:
            raise self.fail(f"a tensor of unknown type at byte {self.at}")
        shape = self.take(f"{ndim}q")
        (size,) = self.take("q")
        dtype = _DTYPES[code, bits]
        if min(shape, default=0) < 0 or size != math.prod(shape) * dtype.itemsize:
            raise self.fail(f"a tensor whose size is not that of its shape at byte {self.at}")
        if size > len(self.data) - self.at:
            raise self.fail("it is cut short")
        start, self.at = self.at, self.at + size
        if size == 0:
            return torch.empty(shape, dtype=dtype)
        count = size // dtype.itemsize
        flat = torch.frombuffer(self.data, dtype=dtype, count=count, offset=start)
        return flat.clone().reshape(shape)

    def columns(self) -> Columns:
        """Tensors by name."""
        return {self.text(): self.tensor() for _ in range(self.count())}

    def version(self) -> int:
        """1 or 2; goes on after it."""
        self.expect(_FILE, "the beginning of a file of graphs")
        (version,) = self.take("Q")
        if version not in (1, 2):
            raise self.fail(f"version {version}")
        return version

    def offsets(self) -> tuple[int, ...]:
        """Of a file of version 1: where the graphs begin; goes on at the labels."""
        self.at = _HEADER + 8
        starts, _nodes, _edges = self.numbers(), self.numbers(), self.numbers()
        return starts

    def graph_starts(self) -> tuple[int, ...]:
        """Of a file of version 2: where the graphs begin."""
        self.seek(len(self.data) - 8)
        (size,) = self.take("Q")
        self.seek(len(self.data) - 8 - size)
        return self.numbers()

    def old_graph(self, start: int) -> DGLGraph:
        """A graph of version 1: homogeneous, by destination."""
        self.seek(start)
        csc = (self.tensor(), self.tensor(), self.tensor())
        edges = {("_N", "_E", "_N"): ("csc", csc)}
        graph = heterograph(edges, num_nodes_dict={"_N": len(csc[0]) - 1})
        graph.ndata.update(self.columns())
        graph.edata.update(self.columns())
        return graph

    def graph(self, start: int) -> DGLGraph:
        """A graph of version 2."""
        self.seek(start)
        self.expect(_HETERO, "a graph")
        ends = self.metagraph()
        relations = [self.relation() for _ in range(self.count())]
        num_nodes = self.numbers()
        ndata = [self.columns() for _ in range(self.count())]
        edata = [self.columns() for _ in range(self.count())]
        ntypes, etypes = self.texts(), self.texts()
        if not (
            len(ntypes) == len(num_nodes) == len(ndata)
            and len(etypes) == len(relations) == len(edata) == len(ends)
            and all(0 <= end < len(ntypes) for pair in ends for end in pair)
        ):
            raise self.fail("its types do not agree")
        names = [(ntypes[src], name, ntypes[dst]) for (src, dst), name in zip(ends, etypes)]
        counts = dict(zip(ntypes, num_nodes))
        idtype = relations[0][1][0].dtype if relations else torch.int64
        graph = heterograph(dict(zip(names, relations)), num_nodes_dict=counts, idtype=idtype)
        for ntype, columns in zip(ntypes, ndata):
            graph.nodes[ntype].data.update(columns)
        for etype, columns in zip(names, edata):
            graph.edges[etype].data.update(columns)
        return graph

    def metagraph(self) -> list[tuple[int, int]]:
        """For each relation the numbers of the types at its ends."""
        self.expect(_META, "the types of a graph")
        indptr, indices, ids = self.csr()
        sources = torch.repeat_interleave(torch.arange(len(indptr) - 1), indptr.diff())
        ids = ids if len(ids) else torch.arange(len(indices))
        order = torch.argsort(ids)
        return list(zip(sources[order].tolist(), indices[order].tolist()))

    def relation(self) -> tuple[str, tuple[torch.Tensor, ...]]:
        """The edges of a relation, in the first of the formats that are there."""
        self.expect(_UNIT, "a relation")
        saved, _ = self.take("qq")
        if saved < _NEW:
            saved = 1 << (saved - 1) if 1 <= saved <= len(_FORMATS) else 0
        found = []
        for place, name in enumerate(_FORMATS):
            if saved & (1 << place):
                self.expect(_META, "the types of a relation")
                self.csr()
                found.append((name, self.coo() if name == "coo" else self.csr()))
        if not found:
            raise self.fail("a relation without edges in a known format")
        return found[0]

    def coo(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Sources and destinations."""
        self.expect(_COO, "edges")
        self.take("qq")
        src, dst, _ = self.tensor(), self.tensor(), self.tensor()
        self.take("??")
        return src, dst

    def csr(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Offsets, indices and edge ids, none of these if they are 0, 1, ..."""
        self.expect(_CSR, "edges")
        self.take("qq")
        indptr, indices, ids = self.tensor(), self.tensor(), self.tensor()
        self.take("?")
        return indptr, indices, ids
