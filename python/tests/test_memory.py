"""`use_buffer_pool`: large CPU tensors reuse the memory of freed ones."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import grapevine


def printed(code: str, *arguments: str, **environment: str) -> str:
    """What a program prints. The pool is the process's, so each test has one of its own."""
    return subprocess.run(
        [sys.executable, *arguments, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout.strip()


def test_a_freed_tensor_serves_the_next():
    code = """
import torch, grapevine
grapevine.use_buffer_pool()
first = torch.ones(1_000_000).data_ptr()
print(torch.ones(1_000_000).data_ptr() == first)
kept = torch.ones(1_000_000)
print(grapevine.buffer_pool_usage().used_bytes >= 4_000_000)
grapevine.empty_buffer_pool()
print(grapevine.buffer_pool_usage().free_bytes, int(kept.sum()))
"""
    assert printed(code).split() == ["True", "True", "0", "1000000"]


def test_the_runner_uses_it_unless_told_not_to():
    code = "import torch, dgl; x = torch.ones(1000000); print(dgl.buffer_pool_usage().used_bytes > 0)"
    runner = ("-m", "grapevine.dgl")
    assert printed(code, *runner) == "True"
    assert printed(code, *runner, GRAPEVINE_BUFFER_POOL="0") == "False"
    assert printed(code.replace("dgl", "grapevine")) == "False"


def test_options_out_of_range_are_named():
    with pytest.raises(grapevine.DGLError, match="min_bytes.*4096.*10"):
        grapevine.use_buffer_pool(min_bytes=10)
    with pytest.raises(grapevine.DGLError, match="max_free_bytes.*-1"):
        grapevine.use_buffer_pool(max_free_bytes=-1)
