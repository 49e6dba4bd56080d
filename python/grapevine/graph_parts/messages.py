"""Message passing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from .. import _C
from ..base import ALL, DGLError, dgl_warning, is_all
from ..function import (
    BinaryMessageFunction,
    BuiltinFunction,
    CopyMessageFunction,
    MessageFunction,
)
from ..init import zero_initializer
from ..metagraph import CanonicalEtype, EtypeArg
from ..udf import NodeBatch, apply_function, copied, message_function, reduce_function
from ..utils.checks import parse_edges_arg_to_eid, prepare_tensor
from .features import FeaturesPart

_SEVERAL = (
    "User defined functions are not yet supported in {function} for heterogeneous graphs. "
    "Please use {instead} instead."
)


class MessagesPart(FeaturesPart):
    """`update_all` and its kin.

    A message function is a built-in one or takes an `EdgeBatch` and returns messages by name; a
    reduce or apply function takes a `NodeBatch` and returns features `[batch_size, *shape]`.
    """

    def apply_nodes(self, func: Callable, v: Any = ALL, ntype: str | None = None) -> None:
        """Computes features of the nodes v, by default of all of a type."""
        ntid = self._meta.ntype_id(ntype)
        if self.is_block:
            raise DGLError("apply_nodes is not supported on a block.")
        nodes = None if is_all(v) else prepare_tensor(self, v, "v")
        _C.apply_nodes(self._graph, apply_function(func), nodes, self.ntypes[ntid])

    def apply_edges(self, func: Any, edges: Any = ALL, etype: EtypeArg = None) -> None:
        """Computes features of the edges of a relation, or of some: ids or (sources, destinations).

        Without a relation, a built-in function is run on all relations.
        """
        message = message_function(func)
        if etype is None and len(self.etypes) > 1:
            if not isinstance(func, BuiltinFunction):
                raise DGLError(
                    _SEVERAL.format(
                        function="apply_edges", instead="(apply_edges(func), etype = rel)"
                    )
                )
            relations = self._relations_with(func)
        else:
            relations = [self._meta.relation(etype)]
        for relation in relations:
            eids = None
            if not is_all(edges):
                eids = parse_edges_arg_to_eid(self, edges, self._meta.etype_ids[relation])
            self._warn_if_no_edges(func, relation, eids)
            self._run(func, relation, _C.apply_edges, message, eids, relation)

    def update_all(
        self,
        message_func: Any,
        reduce_func: Any,
        apply_node_func: Callable | None = None,
        etype: EtypeArg = None,
    ) -> None:
        """Sends a message along every edge and reduces those that reach a node.

        Nodes without messages get 0. Without a relation, built-in functions are run on all
        relations and what reaches one node type is reduced across them.
        """
        if etype is None and len(self.etypes) > 1:
            self._update_all_relations(message_func, reduce_func, apply_node_func)
            return
        relation = self._meta.relation(etype)
        self._check_pair(message_func, reduce_func)
        self._warn_if_no_edges(message_func, relation)
        functions = (message_func, reduce_func, apply_node_func)
        if self._initializers and not isinstance(reduce_func, BuiltinFunction):
            self._pull_initialised(relation, None, *functions)
        else:
            self._run(message_func, relation, _C.update_all, *_core(*functions), relation)

    def _update_all_relations(
        self, message_func: Any, reduce_func: Any, apply_node_func: Callable | None
    ) -> None:
        builtin = (
            isinstance(message_func, BuiltinFunction),
            isinstance(reduce_func, BuiltinFunction),
        )
        if not all(builtin):
            raise DGLError(_SEVERAL.format(function="update_all", instead="multi_update_all"))
        if reduce_func.name == "mean":
            raise NotImplementedError(
                "Cannot set both intra-type and inter-type reduce operators as 'mean' using "
                "update_all. Please use multi_update_all instead."
            )
        pair = (message_func, reduce_func)
        relations = self._relations_with(message_func)
        self.multi_update_all(dict.fromkeys(relations, pair), reduce_func.name, apply_node_func)

    def multi_update_all(
        self,
        etype_dict: Mapping[Any, tuple],
        cross_reducer: str | Callable[[list[torch.Tensor]], torch.Tensor],
        apply_node_func: Callable | None = None,
    ) -> None:
        """`update_all` for several relations, (message, reduce[, apply]) by relation.

        What they bring to one node type is merged by "sum", "mean", "max", "min", "stack" or a
        function of a list of tensors. The list has the order of `etype_dict`, a stack that of the
        graph's relations; a function is not called for what a single relation brings.
        """
        updates = []
        for etype, functions in etype_dict.items():
            if not isinstance(functions, tuple):
                functions = (functions,)
            if not 2 <= len(functions) <= 3:
                raise DGLError(
                    f'Invalid arguments for edge type "{etype}". Should be (msg_func, reduce_func, '
                    "[apply_node_func])"
                )
            message, reduce, apply = (*functions, None)[:3]
            self._check_pair(message, reduce)
            updates.append((self._meta.relation(etype), *_core(message, reduce, apply)))
        try:
            _C.multi_update_all(
                self._graph, updates, cross_reducer, apply_function(apply_node_func)
            )
        except DGLError:
            for etype, functions in etype_dict.items():
                self._raise_if_missing(functions[0], self._meta.relation(etype))
            raise

    def send_and_recv(
        self,
        edges: Any,
        message_func: Any,
        reduce_func: Any,
        apply_node_func: Callable | None = None,
        etype: EtypeArg = None,
    ) -> None:
        """`update_all` along some edges, ids or (sources, destinations).

        Nodes that none of them enters keep their features.
        """
        relation = self._meta.relation(etype)
        eids = parse_edges_arg_to_eid(self, edges, self._meta.etype_ids[relation])
        if len(eids) == 0:
            return
        self._check_pair(message_func, reduce_func)
        functions = _core(message_func, reduce_func, apply_node_func)
        self._run(message_func, relation, _C.send_and_recv, eids, *functions, relation)

    def push(
        self,
        u: Any,
        message_func: Any,
        reduce_func: Any,
        apply_node_func: Callable | None = None,
        etype: EtypeArg = None,
    ) -> None:
        """`send_and_recv` along the edges that leave the nodes u."""
        edges = self.out_edges(u, form="eid", etype=etype)
        self.send_and_recv(edges, message_func, reduce_func, apply_node_func, etype)

    def pull(
        self,
        v: Any,
        message_func: Any,
        reduce_func: Any,
        apply_node_func: Callable | None = None,
        etype: EtypeArg = None,
    ) -> None:
        """`update_all` along the edges that enter the nodes v; those without in-edges get 0."""
        nodes = prepare_tensor(self, v, "v")
        if len(nodes) == 0:
            return
        relation = self._meta.relation(etype)
        self._check_pair(message_func, reduce_func)
        functions = (message_func, reduce_func, apply_node_func)
        if self._initializers and not isinstance(reduce_func, BuiltinFunction):
            self._pull_initialised(relation, nodes, *functions)
        else:
            self._run(message_func, relation, _C.pull, nodes, *_core(*functions), relation)

    def prop_nodes(
        self,
        nodes_generator: Iterable,
        message_func: Any,
        reduce_func: Any,
        apply_node_func: Callable | None = None,
        etype: EtypeArg = None,
    ) -> None:
        """`pull` for one list of nodes after the other."""
        for nodes in nodes_generator:
            self.pull(nodes, message_func, reduce_func, apply_node_func, etype)

    def prop_edges(
        self,
        edges_generator: Iterable,
        message_func: Any,
        reduce_func: Any,
        apply_node_func: Callable | None = None,
        etype: EtypeArg = None,
    ) -> None:
        """`send_and_recv` for one list of edges after the other."""
        for edges in edges_generator:
            self.send_and_recv(edges, message_func, reduce_func, apply_node_func, etype)

    def filter_nodes(
        self, predicate: Callable, nodes: Any = ALL, ntype: str | None = None
    ) -> torch.Tensor:
        """Ids of the nodes for which `predicate(NodeBatch)`, bools `[batch_size]`, is true."""
        ntid = self._meta.ntype_id(ntype)
        rows = self.nodes(ntype) if is_all(nodes) else self._nodes_of(nodes, "v", ntid)
        with self.local_scope():
            self.apply_nodes(lambda batch: {"_mask": predicate(batch)}, rows, ntype)
            mask = self._node_frame(ntid).get("_mask").bool()
            return rows[mask[rows.long()]]

    def filter_edges(
        self, predicate: Callable, edges: Any = ALL, etype: EtypeArg = None
    ) -> torch.Tensor:
        """Ids of the edges for which `predicate(EdgeBatch)`, bools `[batch_size]`, is true."""
        etid = self._meta.etype_id(etype)
        relation = self.canonical_etypes[etid]
        if is_all(edges):
            eids = self.all_edges(form="eid", etype=relation)
        elif isinstance(edges, tuple):
            self._nodes_of(edges[0], "edges[0]", self._meta.src_id(relation[0]))
            self._nodes_of(edges[1], "edges[1]", self._meta.dst_id(relation[2]))
            eids = parse_edges_arg_to_eid(self, edges, etid)
        elif isinstance(edges, (Iterable, torch.Tensor)):
            eids = prepare_tensor(self, edges, "edges")
            self.find_edges(eids, relation)
        else:
            raise ValueError("Unsupported type of edges:", type(edges))
        with self.local_scope():
            self.apply_edges(lambda batch: {"_mask": predicate(batch)}, eids, relation)
            mask = self._edge_frame(etid).get("_mask").bool()
            return eids[mask[eids.long()]]

    # ---- checks
    def _run(self, func: Any, relation: CanonicalEtype, call: Callable, *args: Any) -> None:
        """Calls the core; a feature that a built-in function does not find is a `KeyError`."""
        try:
            call(self._graph, *args)
        except DGLError:
            self._raise_if_missing(func, relation)
            raise

    def _fields(self, func: MessageFunction, relation: CanonicalEtype) -> list:
        """(frame, feature) for each input of a built-in message function."""
        meta = self._meta
        frames = (
            lambda: self._node_frame(meta.src_id(relation[0])),
            lambda: self._node_frame(meta.dst_id(relation[2])),
            lambda: self._edge_frame(meta.etype_ids[relation]),
        )
        if isinstance(func, BinaryMessageFunction):
            sides = [(func.lhs, func.lhs_field), (func.rhs, func.rhs_field)]
        else:
            sides = [(func.target, func.in_field)]
        return [(frames[side](), field) for side, field in sides]

    def _relations_with(self, func: MessageFunction) -> list[CanonicalEtype]:
        """The relations that have the inputs of a built-in function; `KeyError` if none does."""
        found = [
            relation
            for relation in self.canonical_etypes
            if all(field in frame for frame, field in self._fields(func, relation))
        ]
        if not found:
            self._raise_if_missing(func, self.canonical_etypes[0])
        return found

    def _raise_if_missing(self, func: Any, relation: CanonicalEtype) -> None:
        if isinstance(func, BuiltinFunction):
            for frame, field in self._fields(func, relation):
                if field not in frame:
                    raise KeyError(field) from None

    @staticmethod
    def _check_pair(message: Any, reduce: Any) -> None:
        if not (isinstance(message, BuiltinFunction) and isinstance(reduce, BuiltinFunction)):
            return
        if message.out_field != reduce.msg_field:
            raise DGLError(
                f"Invalid message ({message.name}) and reduce ({reduce.name}) function pairs. The "
                "output field of the message function must be equal to the message field of the "
                "reduce function."
            )

    def _warn_if_no_edges(
        self, func: Any, relation: CanonicalEtype, eids: torch.Tensor | None = None
    ) -> None:
        if isinstance(func, BuiltinFunction):
            return
        if (self._graph.num_edges(relation) if eids is None else len(eids)) == 0:
            dgl_warning(
                "The input graph for the user-defined edge function does not contain valid edges",
                stacklevel=3,
            )

    def _pull_initialised(
        self,
        relation: CanonicalEtype,
        nodes: torch.Tensor | None,
        message: Any,
        reduce: Callable,
        apply: Callable | None,
    ) -> None:
        """Pulls to `nodes`, by default to all; those without in-edges get what the user's
        initializers give, before `apply` runs."""
        ntid = self._meta.dst_id(relation[2])
        written: dict[str, None] = {}

        def recorded(batch: NodeBatch) -> Mapping[str, torch.Tensor]:
            result = reduce(batch)
            written.update(dict.fromkeys(result))
            return result

        core = _core(message, recorded, None)
        if nodes is None:
            self._run(message, relation, _C.update_all, *core, relation)
            nodes = self.dstnodes(relation[2])
        else:
            self._run(message, relation, _C.pull, nodes, *core, relation)
        rows = nodes[self._graph.in_degrees(nodes, relation) == 0].long()
        frame = self._node_frame(ntid)
        for name in written:
            initializer = self._initializer("node", ntid, name)
            if initializer is not zero_initializer:
                column = frame.get(name)
                fill = initializer(
                    column.shape, column.dtype, column.device, slice(0, frame.num_rows)
                )
                frame.set(name, column.index_copy(0, rows, fill[rows]))
        if apply is not None:
            self.apply_nodes(apply, nodes, relation[2])


def _core(message: Any, reduce: Any, apply: Callable | None) -> tuple:
    """The core's forms of the three functions.

    A user's reduce function sees copied features of any dtype.
    """
    if isinstance(message, CopyMessageFunction) and not isinstance(reduce, BuiltinFunction):
        message = copied(message)
    return message_function(message), reduce_function(reduce), apply_function(apply)
