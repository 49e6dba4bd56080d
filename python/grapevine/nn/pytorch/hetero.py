"""Layers of graphs with several types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ...base import DGLError

__all__ = ["HeteroEmbedding", "HeteroGraphConv", "HeteroLinear"]

#: Features by node type.
TypedFeatures = Mapping[str, Tensor]
#: A relation's name, or (source type, name, destination type).
EdgeType = str | tuple[str, str, str]
#: The outputs of a node type's relations, and the type's name, to one output.
Aggregate = Callable[[list[Tensor], str], Tensor]


class _StackedReduce:
    """Puts outputs side by side in a new dimension and reduces over it; can be pickled."""

    _REDUCERS = {
        "sum": lambda outputs: outputs.sum(dim=0),
        "mean": lambda outputs: outputs.mean(dim=0),
        "max": lambda outputs: outputs.max(dim=0).values,
        "min": lambda outputs: outputs.min(dim=0).values,
        "stack": lambda outputs: outputs.transpose(0, 1),
    }

    def __init__(self, name: str) -> None:
        if name not in self._REDUCERS:
            raise DGLError(
                f"HeteroGraphConv: aggregate: expected one of {list(self._REDUCERS)}, got {name!r}"
            )
        self._name = name

    def __call__(self, outputs: list[Tensor], dsttype: str) -> Tensor | None:
        return self._REDUCERS[self._name](torch.stack(outputs)) if outputs else None


def get_aggregate_fn(agg: str) -> Aggregate:
    """The function that joins a node type's outputs.

    Args:
        agg: ``"sum"``, ``"max"``, ``"min"``, ``"mean"`` or, for a new dimension 1, ``"stack"``.

    Raises:
        DGLError: For another name.

    Source: dgl.nn.pytorch.hetero.get_aggregate_fn.
    """
    return _StackedReduce(agg)


class HeteroGraphConv(nn.Module):
    """Applies a layer to each relation and joins what they give for the same node type.

    Parameters: ``mods.NAME``, a layer for each relation. Layers that know
    ``set_allow_zero_in_degree`` are told to allow it, because most relations miss some nodes.

    Args:
        mods: Layers by relation: its name or (source type, name, destination type). Each is
            called as ``layer(relation's graph, (source features, destination features))``.
        aggregate: ``"sum"``, ``"max"``, ``"min"``, ``"mean"`` or ``"stack"``, or a function of the
            list of outputs and the node type.

    Raises:
        DGLError: For another name.

    Source: dgl.nn.HeteroGraphConv.
    """

    def __init__(
        self, mods: Mapping[EdgeType, nn.Module], aggregate: str | Aggregate = "sum"
    ) -> None:
        super().__init__()
        self.mod_dict = mods
        self.mods = nn.ModuleDict({str(name): module for name, module in mods.items()})
        for module in self.mods.values():
            allow = getattr(module, "set_allow_zero_in_degree", None)
            if callable(allow):
                allow(True)
        self.agg_fn = get_aggregate_fn(aggregate) if isinstance(aggregate, str) else aggregate

    def _get_module(self, etype: EdgeType) -> nn.Module:
        """The layer of a relation, by its full or else its short name.

        Raises:
            KeyError: If there is neither.
        """
        if str(etype) in self.mods:
            return self.mods[str(etype)]
        if isinstance(etype, tuple) and etype[1] in self.mods:
            return self.mods[etype[1]]
        raise KeyError(f"HeteroGraphConv: no layer for edge type {etype}")

    def forward(
        self,
        g,
        inputs: TypedFeatures | tuple[TypedFeatures, TypedFeatures],
        mod_args: Mapping[str, tuple[Any, ...]] | None = None,
        mod_kwargs: Mapping[str, dict[str, Any]] | None = None,
    ) -> dict[str, Tensor]:
        """New features of each node type that some relation leads to.

        Args:
            g: A graph or block.
            inputs: Features by node type, or a pair for sources and destinations. A relation
                whose source type has none is left out.
            mod_args: Further arguments of the layers by relation name.
            mod_kwargs: Further keyword arguments of the layers by relation name.

        Raises:
            KeyError: For a relation without a layer, and for missing destination features of a
                graph that is no block.
        """
        mod_args, mod_kwargs = mod_args or {}, mod_kwargs or {}
        is_given_in_parts = isinstance(inputs, tuple) or g.is_block
        if isinstance(inputs, tuple):
            sources, destinations = inputs
        elif g.is_block:
            sources = inputs
            destinations = {
                ntype: feat[: g.num_dst_nodes(ntype)]
                for ntype, feat in inputs.items()
                if ntype in g.dsttypes
            }
        else:
            sources = destinations = inputs
        outputs: dict[str, list[Tensor]] = {ntype: [] for ntype in g.dsttypes}
        for canonical in g.canonical_etypes:
            stype, etype, dtype = canonical
            if stype not in sources or (is_given_in_parts and dtype not in destinations):
                continue
            output = self._get_module(canonical)(
                g[canonical],
                (sources[stype], destinations[dtype]),
                *mod_args.get(etype, ()),
                **mod_kwargs.get(etype, {}),
            )
            outputs[dtype].append(output)
        return {ntype: self.agg_fn(given, ntype) for ntype, given in outputs.items() if given}


class HeteroLinear(nn.Module):
    """A linear layer for each type.

    Parameters: ``linears.TYPE.weight`` ``[out_size, in_size of the type]``, ``linears.TYPE.bias``.

    Args:
        in_size: Width of the input by type.
        out_size: Width of all outputs.
        bias: Whether biases are added.

    Source: dgl.nn.HeteroLinear.
    """

    def __init__(self, in_size: Mapping[Any, int], out_size: int, bias: bool = True) -> None:
        super().__init__()
        self.linears = nn.ModuleDict(
            {str(name): nn.Linear(size, out_size, bias=bias) for name, size in in_size.items()}
        )

    def forward(self, feat: Mapping[Any, Tensor]) -> dict[Any, Tensor]:
        """Features by type, ``[n, in_size]`` each to ``[n, out_size]``."""
        return {name: self.linears[str(name)](value) for name, value in feat.items()}


class HeteroEmbedding(nn.Module):
    """An embedding for each type.

    Parameters: ``embeds.TYPE.weight`` ``[num_embeddings of the type, embedding_dim]``.

    Args:
        num_embeddings: How many rows, by type.
        embedding_dim: Width of all.

    Source: dgl.nn.HeteroEmbedding.
    """

    def __init__(self, num_embeddings: Mapping[Any, int], embedding_dim: int) -> None:
        super().__init__()
        self.embeds = nn.ModuleDict(
            {str(name): nn.Embedding(rows, embedding_dim) for name, rows in num_embeddings.items()}
        )
        self.raw_keys = {str(name): name for name in num_embeddings}

    @property
    def weight(self) -> dict[Any, Tensor]:
        """All rows ``[num_embeddings, embedding_dim]`` by type."""
        return {self.raw_keys[name]: embed.weight for name, embed in self.embeds.items()}

    def reset_parameters(self) -> None:
        """Draws all rows anew, Xavier-uniform."""
        for embed in self.embeds.values():
            nn.init.xavier_uniform_(embed.weight)

    def forward(self, input_ids: Mapping[Any, Tensor]) -> dict[Any, Tensor]:
        """Ids by type, ``[n]`` each to ``[n, embedding_dim]``."""
        return {name: self.embeds[str(name)](ids) for name, ids in input_ids.items()}
