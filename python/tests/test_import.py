"""What `import grapevine` costs and says."""

import subprocess
import sys

import pytest

import grapevine

_SLOW = ("scipy", "networkx", "pandas", "yaml", "sklearn", "matplotlib")


def _run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_import_brings_no_slow_package():
    code = (
        "import torch, sys; before = set(sys.modules); import grapevine;"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    assert not set(_SLOW) & set(_run(code).stdout.split())


def test_another_torch_is_refused_in_one_sentence():
    code = "import torch; torch.__version__ = '2.5.1+cu118'; import grapevine"
    result = _run(code)
    last = result.stderr.strip().splitlines()[-1]
    assert result.returncode != 0
    assert "torch 2.5.1+cu118" in last
    assert "install" in last


def test_what_is_not_there_says_so():
    with pytest.raises(NotImplementedError, match="geometry"):
        grapevine.geometry.farthest_point_sampler
    with pytest.raises(AttributeError):
        grapevine.no_such_name
