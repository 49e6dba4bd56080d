"""Whole programs for DGL run as they are, and print what DGL 2.1 has them print.

`programs/expected` was recorded from DGL 2.1.0 on the same data.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import grapevine
import pytest
import stand_ins

PROGRAMS = Path(__file__).parent / "programs"
WITH_OGB = PROGRAMS / "ogb_tutorial.py"
#: A page of DGL's documentation in reStructuredText, which is not ours to have in the repository.
TUTORIAL = os.environ.get("GRAPEVINE_TUTORIAL", "")


@pytest.fixture(scope="module")
def download_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("downloads")
    stand_ins.write_cora(folder)
    stand_ins.write_gin(folder)
    return folder


def run(program: Path, folder: Path, download_dir: Path) -> None:
    """Runs a program and compares what it prints last; `ogb` prints before that."""
    done = subprocess.run(
        [sys.executable, "-m", "grapevine.dgl", program],
        cwd=folder,
        env={**os.environ, "DGL_DOWNLOAD_DIR": str(download_dir)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    expected = (PROGRAMS / "expected" / f"{program.stem}.txt").read_text()
    assert done.stdout[-len(expected) :] == expected, done.stdout
    if "tqdm" in program.read_text():
        assert "100%|" in done.stderr


@pytest.mark.parametrize(
    "program", sorted(set(PROGRAMS.glob("*.py")) - {WITH_OGB}), ids=lambda path: path.stem
)
def test_program(program, download_dir, tmp_path):
    run(program, tmp_path, download_dir)


@pytest.fixture
def ogb_folder(tmp_path) -> Path:
    """A folder in which `DglNodePropPredDataset("ogbn-arxiv")` finds what it needs."""
    pytest.importorskip("ogb", reason="the package ogb is not installed")
    beside = Path(grapevine.__file__).parents[2] / "bin" / "grapevine"
    cli = str(beside) if beside.exists() else shutil.which("grapevine")
    if cli is None:
        pytest.skip("the command-line tool is not there")
    folder = tmp_path / "dataset" / "ogbn_arxiv"
    sizes = ["--nodes", "2000", "--edges", "12000", "--features", "16"]
    command = [cli, "generate", "arxiv-like", "--format", "ogb", "--out", folder, *sizes]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return tmp_path


def test_program_with_ogb(ogb_folder):
    run(WITH_OGB, ogb_folder, ogb_folder)


_CODE_BLOCK = re.compile(
    r"^\.\. code-block:: python\n((?:[ \t]*\n|[ \t]+.*\n)+)", re.MULTILINE | re.IGNORECASE
)


def code_of(text: str) -> str:
    """The program in a text: its blocks of Python, one after the other."""
    return "\n".join(map(textwrap.dedent, _CODE_BLOCK.findall(text)))


def test_the_blocks_of_a_text_are_its_program():
    text = """Title

.. code-block:: Python


    x = 1

    if x:
        y = 2

.. code-block:: none

    not this

Text

.. code-block:: python

    z = y
"""
    values: dict = {}
    exec(code_of(text), values)
    assert (values["x"], values["y"], values["z"]) == (1, 2, 2)
    assert "not this" not in code_of(text)


@pytest.mark.skipif(not TUTORIAL, reason="GRAPEVINE_TUTORIAL names no text")
def test_tutorial(ogb_folder):
    program = ogb_folder / "tutorial.py"
    program.write_text(code_of(Path(TUTORIAL).read_text()))
    done = subprocess.run(
        [sys.executable, "-m", "grapevine.dgl", program],
        cwd=ogb_folder,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert program.read_text().strip(), f"{TUTORIAL} has no block of Python"
    if "tqdm" in program.read_text():
        assert "100%|" in done.stderr
