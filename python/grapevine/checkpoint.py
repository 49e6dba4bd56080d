"""Trained models in files that Python and C++ both open.

A file is what `torch.save` makes of a dictionary:

- ``model``: the state dict;
- ``description``: what it takes to make the model again. ``model`` (the name of a layer or model,
  as `grapevine models` lists them), ``in_feats`` and ``out_feats`` must be there; the others are
  ``options`` (a dict of the layer's own), ``layers``, ``hidden``, ``edge_feats``,
  ``input_dropout``, ``dropout``, ``activation``, ``norm``, ``residual``, and how the graph is read:
  ``feature`` (``"feat"``) and ``edge_feature`` (names of the features), ``reverse_edges`` (true
  unless it says otherwise) and ``self_loops`` (else what the layers need): whether the graph was
  given those;
- ``epoch`` and ``metrics``.

`grapevine evaluate --checkpoint FILE` and `grapevine predict --checkpoint FILE` use such a file
without Python; `grapevine train --checkpoint FILE` writes one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from . import _build
from .base import DGLError
from .nn.pytorch.conv_stack import _LAYERS, ConvStack

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]

FORMAT_VERSION = 1
"""Of the description."""

_OF_THE_STACK = (
    "options",
    "layers",
    "hidden",
    "input_dropout",
    "dropout",
    "activation",
    "norm",
    "residual",
)


@dataclass
class Checkpoint:
    """What a file holds.

    Attributes:
        model: The model with its weights, in evaluation mode; None where Python has no such model.
        description: How it is made.
        state: Its state dict.
        epoch: After which the weights were taken.
        metrics: Of that epoch.
    """

    model: nn.Module | None
    description: dict[str, Any]
    state: dict[str, Tensor]
    epoch: int = 0
    metrics: dict[str, float] = field(default_factory=dict)


def save_checkpoint(
    path: str | os.PathLike[str],
    model: nn.Module,
    description: Mapping[str, Any] | None = None,
    *,
    epoch: int = 0,
    metrics: Mapping[str, float] | None = None,
) -> None:
    """Writes a trained model, whole: the old file or the new one is there, never a part.

    Args:
        path: The file.
        model: A `ConvStack`, or any module whose state dict has the names of the model described.
        description: See the module. For a `ConvStack`, what it does not say itself: how the graph
            is read.
        epoch: After which the weights were taken.
        metrics: Of that epoch, such as ``{"valid_acc": 0.81}``.

    Raises:
        DGLError: For a description that lacks ``model``, ``in_feats`` or ``out_feats``, and for a
            value in it that is no str, int, float, bool, None, list, tuple, dict or Tensor.

    Example:
        >>> model = grapevine.nn.ConvStack("sage", 128, 40)
        >>> save_checkpoint("sage.pt", model, {"feature": "feat"}, epoch=10)
    """
    described = {**getattr(model, "description", {}), **(description or {})}
    missing = {"model", "in_feats", "out_feats"} - described.keys()
    if missing:
        raise DGLError(f"save_checkpoint: description: {sorted(missing)[0]!r} is missing")
    for name, value in described.items():
        _check_plain(name, value)
    content = {
        "model": {name: value.detach().cpu() for name, value in model.state_dict().items()},
        "description": {
            "format_version": FORMAT_VERSION,
            "library_version": _build.VERSION,
            "task": "nodes",
            **described,
        },
        "epoch": int(epoch),
        "metrics": {name: float(value) for name, value in (metrics or {}).items()},
    }
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "xb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _check_plain(name: str, value: Any) -> None:
    if isinstance(value, (list, tuple)):
        for item in value:
            _check_plain(name, item)
    elif isinstance(value, dict):
        for item in value.values():
            _check_plain(name, item)
    elif type(value) not in (str, int, float, bool, type(None), Tensor):
        raise DGLError(
            f"save_checkpoint: description: {name!r}: expected str, int, float, bool, None, list, "
            f"tuple, dict or Tensor, got {type(value).__name__}"
        )


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Reads what `save_checkpoint`, `grapevine train` or a like `torch.save` wrote.

    Nothing in the file is run (``weights_only=True``), and all tensors are on the CPU.

    Raises:
        DGLError: For a file without a model and a description, of a newer format, and for weights
            that are not those of the model described.
    """
    content = torch.load(path, map_location="cpu", weights_only=True)
    content = content if isinstance(content, dict) else {}
    description, state = content.get("description"), content.get("model")
    if not isinstance(description, dict) or not isinstance(state, dict):
        raise DGLError(f"{path}: expected a dict with the dicts 'model' and 'description'")
    version = description.get("format_version", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise DGLError(
            f"{path}: format_version {version}: this version of grapevine ({_build.VERSION}) "
            f"reads {FORMAT_VERSION}"
        )
    return Checkpoint(
        _restore(path, description, state),
        description,
        state,
        content.get("epoch", 0),
        content.get("metrics", {}),
    )


def _restore(path: object, description: dict[str, Any], state: dict[str, Tensor]):
    if description.get("model") not in _LAYERS:
        return None
    options = {name: description[name] for name in _OF_THE_STACK if name in description}
    try:
        model = ConvStack(
            description["model"], description["in_feats"], description["out_feats"], **options
        )
        model.load_state_dict(state)
    except (KeyError, RuntimeError, DGLError) as error:
        raise DGLError(f"{path}: {' '.join(str(error).split())}") from error
    return model.eval()
