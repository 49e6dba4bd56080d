"""Built-in message and reduce functions, which the core runs without storing messages.

In their names u is the source node of an edge, v its destination node and e the edge:
`u_mul_e("h", "w", "m")` sends the product of the source's "h" and the edge's "w" as "m".
Source: `dgl.function`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

from . import _C

__all__ = ["BinaryMessageFunction", "CopyMessageFunction", "SimpleReduceFunction", "TargetCode"]

_BINARY_OPS = {
    "add": "sum", "sub": "difference", "mul": "product", "div": "quotient", "dot": "dot product",
}  # fmt: skip
_SIDES = {"u": "source node", "v": "destination node", "e": "edge"}


class TargetCode:
    """Numbers of the things that a message reads."""

    SRC, DST, EDGE = 0, 1, 2
    CODE2STR = {0: "u", 1: "v", 2: "e"}


_CODES = {name: code for code, name in TargetCode.CODE2STR.items()}


class BuiltinFunction:
    """A function that the core knows; `core` is its C++ form."""

    __slots__ = ("core", "name")

    def __init__(self, name: str, core: _C.MessageFunction | _C.ReduceFunction) -> None:
        self.name = name
        self.core = core


class MessageFunction(BuiltinFunction):
    """A built-in message function."""

    __slots__ = ()


class BinaryMessageFunction(MessageFunction):
    """A message of two features, such as `u_mul_e`."""

    __slots__ = ("binary_op", "lhs", "lhs_field", "out_field", "rhs", "rhs_field")

    def __init__(
        self, binary_op: str, lhs: int, rhs: int, lhs_field: str, rhs_field: str, out_field: str
    ) -> None:
        left, right = TargetCode.CODE2STR[lhs], TargetCode.CODE2STR[rhs]
        core = _C.MessageFunction(binary_op, left, lhs_field, right, rhs_field, out_field)
        super().__init__(f"{left}_{binary_op}_{right}", core)
        self.binary_op = binary_op
        self.lhs, self.rhs = lhs, rhs
        self.lhs_field, self.rhs_field, self.out_field = lhs_field, rhs_field, out_field


class CopyMessageFunction(MessageFunction):
    """A message that is one feature: `copy_u` or `copy_e`."""

    __slots__ = ("in_field", "out_field", "target")

    def __init__(self, target: int, in_field: str, out_field: str) -> None:
        side = TargetCode.CODE2STR[target]
        super().__init__(f"copy_{side}", _C.MessageFunction(side, in_field, out_field))
        self.target, self.in_field, self.out_field = target, in_field, out_field


class ReduceFunction(BuiltinFunction):
    """A built-in reduce function."""

    __slots__ = ()


class SimpleReduceFunction(ReduceFunction):
    """A reduction of the messages `msg_field` into the feature `out_field`."""

    __slots__ = ("msg_field", "out_field")

    def __init__(self, name: str, msg_field: str, out_field: str) -> None:
        super().__init__(name, _C.ReduceFunction(name, msg_field, out_field))
        self.msg_field, self.out_field = msg_field, out_field


def copy_u(u: str, out: str) -> CopyMessageFunction:
    """The source node's feature `u` as the message `out`. Source: `dgl.function.copy_u`."""
    return CopyMessageFunction(TargetCode.SRC, u, out)


def copy_e(e: str, out: str) -> CopyMessageFunction:
    """The edge's feature `e` as the message `out`. Source: `dgl.function.copy_e`."""
    return CopyMessageFunction(TargetCode.EDGE, e, out)


def _binary(lhs: str, op: str, rhs: str) -> Callable[[str, str, str], BinaryMessageFunction]:
    def function(lhs_field: str, rhs_field: str, out: str) -> BinaryMessageFunction:
        return BinaryMessageFunction(op, _CODES[lhs], _CODES[rhs], lhs_field, rhs_field, out)

    function.__name__ = function.__qualname__ = f"{lhs}_{op}_{rhs}"
    function.__doc__ = (
        f"The {_BINARY_OPS[op]} of the {_SIDES[lhs]}'s `lhs_field` and the {_SIDES[rhs]}'s "
        f"`rhs_field` as the message `out`; shapes broadcast. Source: "
        f"`dgl.function.{lhs}_{op}_{rhs}`."
    )
    return function


def _reducer(name: str, meaning: str) -> Callable[[str, str], SimpleReduceFunction]:
    def function(msg: str, out: str) -> SimpleReduceFunction:
        return SimpleReduceFunction(name, msg, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"The {meaning} of the messages `msg` as `out`; 0 without any. "
        f"Source: `dgl.function.{name}`."
    )
    return function


for _lhs, _rhs in permutations("uve", 2):
    for _op in _BINARY_OPS:
        globals()[f"{_lhs}_{_op}_{_rhs}"] = _binary(_lhs, _op, _rhs)
        __all__.append(f"{_lhs}_{_op}_{_rhs}")
for _name, _meaning in {
    "sum": "sum", "mean": "mean", "max": "largest", "min": "smallest",
}.items():  # fmt: skip
    globals()[_name] = _reducer(_name, _meaning)
__all__ += ["copy_e", "copy_u", "max", "mean", "min", "sum"]
