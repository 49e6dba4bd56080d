"""What each stage needs of the machine, and how long that takes at the least.

A stage is a list of phases, one after the other. A phase needs arithmetic, memory that it reads or
writes in order, and rows of tables that it reads at random places; its limit is

    row bytes / random-row bandwidth + max(operations / GEMM rate, ordered bytes / stream bandwidth)

and the stage's limit is their sum. The rates are measured on the same machine, in the same minutes,
on as many threads as the stage has: the GEMM rate with `torch.mm`, the stream bandwidth with
a = b + s c (24 bytes an element), random rows with rows of the same width in a table as large as
the one that is read, so that a table that fits into a cache is as fast as that cache. The limits
count no random numbers, searches or allocations, so a sampler stays far below them. Rows of skewed
graphs repeat more often than random ones: an operator can be better than its limit.

Ids are of 8 bytes, features of 4 (bfloat16: 2). N nodes, E edges, F features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

ID = 8
LINE = 64  # bytes that memory gives at once


@dataclass
class Phase:
    """Operations, ordered bytes, and tables of which rows are read: (rows read, rows, bytes)."""

    operations: float = 0
    ordered: float = 0
    rows: list[tuple[float, float, float]] = field(default_factory=list)


class Limits:
    """The machine's rates, each measured when first asked for."""

    def __init__(self, measure: Callable[[dict], float], cores: int) -> None:
        self._measure = measure
        self._cores = cores
        self.rates: dict[tuple, float] = {}

    def rate(self, what: str, **parameters: object) -> float:
        """Operations or bytes a second."""
        key = (what, *sorted(parameters.items()))
        if key not in self.rates:
            self.rates[key] = self._measure({"stage": "limit", "what": what, **parameters})
        return self.rates[key]

    def gemm(self, precision: str = "float32") -> float:
        """The better of a product as in the model and a large one."""
        shapes = (4900, 128, 128), (2048, 2048, 2048)
        return max(self.rate("gemm", m=m, k=k, n=n, precision=precision) for m, k, n in shapes)

    def random_rows(self, rows: float, row_bytes: float, threads: int) -> float:
        """Bytes a second; tables and rows are rounded to powers of two and to 16 bytes."""
        width = max(16, round(row_bytes / 16) * 16)
        size = 1 << max(10, round(rows).bit_length() - 1)
        return self.rate("gather", table_rows=size, row_bytes=width, threads=threads)

    def milliseconds(
        self, phases: list[Phase], threads: int = 0, precision: str = "float32"
    ) -> float:
        """The least that the phases take on `threads` threads, or on all cores."""
        threads = threads or self._cores
        seconds = 0.0
        for phase in phases:
            for count, rows, row_bytes in phase.rows:
                seconds += count * row_bytes / self.random_rows(rows, row_bytes, threads)
            arithmetic = phase.operations / self.gemm(precision) if phase.operations else 0.0
            seconds += max(arithmetic, phase.ordered / self.rate("triad", threads=threads))
        return 1000 * seconds


def sampling(sizes: list[list[float]], num_nodes: int, num_edges: int) -> list[Phase]:
    """Each node that picks reads its offsets, each pick its neighbour's id: a line of memory each.

    Written in order: for each edge its end and its id, for each source node its id, for each
    destination an offset. `sizes` has sources, destinations and edges of each block.
    """
    phases = []
    for sources, destinations, edges in sizes:
        offsets = (destinations, num_nodes * ID / LINE, LINE)
        picks = (edges, num_edges * ID / LINE, LINE)
        phases.append(Phase(0, ID * (2 * edges + sources + destinations), [offsets, picks]))
    return phases


def fetching(sizes: list[list[float]], num_nodes: int, width: int, value: int = 4) -> list[Phase]:
    """One row of features is read at a random place and written in order for each input node."""
    row = width * value
    return [Phase(0, sizes[0][0] * row, [(sizes[0][0], num_nodes, row)])]


def forward(sizes: list[list[float]], widths: list[int], value: int = 4) -> list[Phase]:
    """Mean of the neighbours, two products, in each layer from `widths[i]` to `widths[i + 1]`.

    Operations: 2 n_dst in out for the node itself; for its neighbours the lesser of E in + 2 n_dst
    in out (mean first) and 2 n_src in out + E out (product first). Memory: a row for each edge, of
    whichever is aggregated, and in order the destinations' rows, their means and the result.
    """
    return [
        _layer(size, in_, out, value, products=1, aggregations=1)
        for size, in_, out in zip(sizes, widths, widths[1:])
    ]


def backward(sizes: list[list[float]], widths: list[int], value: int = 4) -> list[Phase]:
    """Gradients of the weights, one product each, and of the inputs, save those of the first layer.

    That is once the products of `forward` in the first layer, twice those of the others, which
    aggregate the gradient once, too.
    """
    return [
        _layer(size, in_, out, value, products=2 if i else 1, aggregations=1 if i else 0)
        for i, (size, in_, out) in enumerate(zip(sizes, widths, widths[1:]))
    ]


def _layer(
    size: list[float], in_: int, out: int, value: int, products: int, aggregations: int
) -> Phase:
    sources, destinations, edges = size
    own = 2 * destinations * in_ * out
    mean_first = own * products + edges * in_ * aggregations
    product_first = 2 * sources * in_ * out * products + edges * out * aggregations
    width = in_ if mean_first <= product_first else out
    return Phase(
        products * own + min(mean_first, product_first),
        value * destinations * (in_ + width + out),
        [(aggregations * edges, sources, width * value)],
    )


def kernel(op: str, pass_: str, num_nodes: int, num_edges: int, width: int) -> list[Phase]:
    """One operator on features of `width` floats.

    copy_u: reads an id and a row for each edge, writes N rows; E F operations; backward the same on
    the transposed edges, for max 3 N F values in order instead, and N F ids. u_mul_e: a weight more
    an edge, 2 E F operations; backward twice that for the gradients of both, and reads the
    gradient's rows, too. u_dot_v: a row of u for each edge, rows of v in order, a value an edge
    written; backward a row for each edge twice. edge_softmax: logits read and written once, an id
    an edge; backward two read, one written.
    """
    row, entries = 4 * width, num_edges * width
    edge_rows = (num_edges, num_nodes, row)
    structure = ID * (num_edges + num_nodes)
    matrix = num_nodes * row
    if op == "edge_softmax":
        values = 2 if pass_ == "forward" else 3
        return [Phase(0, 4 * entries * values + structure)]
    if op == "copy_u_max" and pass_ == "backward":
        return [Phase(0, num_nodes * width * (3 * 4 + ID))]
    if op.startswith("copy_u"):
        return [Phase(entries, structure + matrix, [edge_rows])]
    weights = 4 * num_edges
    if pass_ == "forward":
        return [Phase(2 * entries, structure + matrix + weights, [edge_rows])]
    one = Phase(2 * entries, structure + matrix + weights, [edge_rows])
    return [one, one]
