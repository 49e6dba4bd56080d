"""What the servers of Python systems share: epochs, steps of training, timed operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import protocol
import torch
import torch.nn.functional as F


def epochs(loader: Any, consume: Callable[[Any], object]) -> protocol.Step:
    """Epochs whose batches are all consumed, the first one untimed."""

    def epoch() -> protocol.Answer:
        waiting = protocol.Waiting(loader)
        elapsed = protocol.milliseconds_of(lambda: [consume(batch) for batch in waiting])
        return {"ms": elapsed / len(loader), "wait_share": 1000 * waiting.seconds / elapsed}

    epoch()
    return epoch


def inference(score: Callable[[Any], torch.Tensor]) -> Callable[[Any], object]:
    """A batch's scores."""
    return torch.no_grad()(score)


def training(
    model: torch.nn.Module,
    score: Callable[[Any], torch.Tensor],
    labels_of: Callable[[Any], torch.Tensor],
) -> Callable[[Any], None]:
    """A step of Adam on a batch's cross-entropy."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)

    def train(batch: Any) -> None:
        scores = score(batch)
        optimizer.zero_grad()
        F.cross_entropy(scores, labels_of(batch)).backward()
        optimizer.step()

    return train


def operator(
    pass_: str, inputs: list[torch.Tensor], call: Callable[[], torch.Tensor]
) -> protocol.Step:
    """An operator forward without gradients, or backward to all its inputs."""
    if pass_ == "forward":
        run = torch.no_grad()(call)
    else:
        for tensor in inputs:
            tensor.requires_grad_()
        result = call()
        gradient = torch.randn_like(result)

        def run() -> Any:
            return torch.autograd.grad(result, inputs, gradient, retain_graph=True)

    run()
    return lambda: {"ms": protocol.milliseconds_of(run)}


def layer_widths(in_feats: int, hidden: int, num_classes: int, num_layers: int) -> list[tuple]:
    """Input and output of each layer."""
    sizes = [in_feats, *[hidden] * (num_layers - 1), num_classes]
    return list(zip(sizes[:-1], sizes[1:]))
