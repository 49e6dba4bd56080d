"""`python -m grapevine.dgl` runs programs as `python` does, with `dgl` being Grapevine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grapevine import _build


def run(args: list[str], folder: Path, under_dgl: bool = True, stdin: str = ""):
    """What a program prints, and its exit status."""
    prefix = ["-m", "grapevine.dgl"] if under_dgl else []
    return subprocess.run(
        [sys.executable, *prefix, *args],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return name


def test_dgl_is_grapevine_under_every_name(tmp_path):
    script = write(
        tmp_path,
        "script.py",
        """
import dgl, grapevine
import dgl.batch, dgl.function as fn, dgl.nn as dglnn, dgl.nn.pytorch, dgl.data.utils
from dgl.data import DGLDataset
from dgl.data.citation_graph import load_cora
from dgl.nn.pytorch.conv.sageconv import SAGEConv
from dgl.dataloading.neighbor_sampler import NeighborSampler
from dgl.convert import from_networkx, graph
from dgl.function.message import copy_u
from dgl.multiprocessing import Process
assert copy_u is fn.copy_u and dgl.function is fn and graph is dgl.graph
assert dgl is grapevine and fn is grapevine.function and dglnn is grapevine.nn
assert callable(dgl.batch), "import dgl.batch leaves the function"
assert SAGEConv is grapevine.nn.SAGEConv and DGLDataset is grapevine.data.DGLDataset
assert dgl.__spec__.name == "grapevine" and grapevine.data.__spec__.name == "grapevine.data"
print(dgl.graph(([0], [1])).num_nodes())
""",
    )
    done = run([script], tmp_path)
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr


def test_versions(tmp_path):
    code = "import dgl, importlib.metadata as m; print(dgl.__version__, m.version('dgl'))"
    version = f"2.1.0+grapevine.{_build.VERSION}"
    assert run(["-c", code], tmp_path).stdout == f"{version} {version}\n"
    code = "import grapevine, grapevine.dgl; print(grapevine.__version__)"
    assert run(["-c", code], tmp_path, under_dgl=False).stdout == f"{_build.VERSION}\n"


@pytest.mark.parametrize(
    "condition",
    [
        "version.parse(dgl.__version__) >= version.parse('2.0')",
        "version.parse(dgl.__version__) >= version.parse('2.1.0')",
        "version.parse(dgl.__version__) < version.parse('2.2')",
        "version.parse(dgl.__version__).release == (2, 1, 0)",
        "version.parse(dgl.__version__).base_version == '2.1.0'",
        "version.parse(dgl.__version__) in specifiers.SpecifierSet('==2.1.0')",
        "[int(part) for part in dgl.__version__.split('.')[:2]] == [2, 1]",
        "dgl.__version__.startswith('2.1.')",
    ],
)
def test_programs_that_look_at_the_version_take_dgls_branch(tmp_path, condition):
    code = f"import dgl; from packaging import specifiers, version; print({condition})"
    assert run(["-c", code], tmp_path).stdout == "True\n"


def test_unknown_module_is_not_found(tmp_path):
    done = run(["-c", "import dgl.no_such_module"], tmp_path)
    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'dgl.no_such_module'" in done.stderr


def test_a_dgl_on_the_path_is_not_taken(tmp_path):
    write(tmp_path, "dgl/__init__.py", "raise ImportError('the other one')")
    assert run(["-c", "import dgl; print(dgl.__name__)"], tmp_path).stdout == "grapevine\n"


SHOW = """
import sys, os
print(sys.argv, sys.path[0], __name__, globals().get("__file__"), __spec__ is None, __package__)
print(sorted(name for name in globals() if not name.startswith("_")))
"""


@pytest.mark.parametrize(
    "args",
    [
        ["script.py", "a", "-b"],
        ["./folder/../script.py"],
        ["-m", "script", "a"],
        ["-m", "package"],
        ["-m", "package.module", "--", "a"],
        ["-c", SHOW, "a", "-c"],
        ["folder"],
        ["-", "a"],
    ],
    ids=lambda args: " ".join(args)[:20],
)
def test_program_sees_what_python_shows(tmp_path, args):
    for name in ("script.py", "folder/__main__.py", "package/__main__.py", "package/module.py"):
        write(tmp_path, name, SHOW)
    write(tmp_path, "package/__init__.py", "")
    expected = run(args, tmp_path, under_dgl=False, stdin=SHOW)
    got = run(args, tmp_path, stdin=SHOW)
    assert expected.returncode == 0, expected.stderr
    assert (got.stdout, got.stderr, got.returncode) == (
        expected.stdout,
        expected.stderr,
        expected.returncode,
    )


PROGRAMS = {
    "error": "def f():\n    1 / 0\nf()",
    "chain": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('x') from e",
    "syntax": "x = (",
    "exit": "import sys\nsys.exit()",
    "status": "import sys\nsys.exit(3)",
    "message": "import sys\nsys.exit('a message')",
    "interrupt": "raise KeyboardInterrupt",
    "_exit": "import os\nos._exit(5)",
    "atexit": "import atexit\natexit.register(print, 'bye')\nraise ValueError",
    "hook": "import sys\nsys.excepthook = lambda *a: print(a[0], a[2].tb_lineno)\n1 / 0",
}


@pytest.mark.parametrize(
    ("form", "name"),
    [("script", name) for name in PROGRAMS]
    + [(form, name) for form in ("-m", "-c") for name in ("error", "syntax", "status")],
)
def test_program_ends_as_under_python(tmp_path, form, name):
    program = PROGRAMS[name]
    write(tmp_path, "script.py", program)
    args = {"script": ["script.py"], "-m": ["-m", "script"], "-c": ["-c", program]}[form]
    expected = run(args, tmp_path, under_dgl=False)
    got = run(args, tmp_path)
    assert (got.stdout, got.stderr, got.returncode) == (
        expected.stdout,
        expected.stderr,
        expected.returncode,
    )


@pytest.mark.parametrize("args", [["nope.py"], ["-m", "nope"], ["-m", "json.nope"]])
def test_missing_program(tmp_path, args):
    expected = run(args, tmp_path, under_dgl=False)
    got = run(args, tmp_path)
    assert (got.stderr, got.returncode) == (expected.stderr, expected.returncode)


def test_usage(tmp_path):
    done = run([], tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("usage: python -m grapevine.dgl")
    assert run(["--help"], tmp_path).returncode == 0
    assert "Argument expected for the -m option" in run(["-m"], tmp_path).stderr


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.parametrize("form", [["script.py"], ["-m", "script"]], ids=["script", "-m"])
def test_processes_that_the_program_starts(tmp_path, method, form):
    write(
        tmp_path,
        "script.py",
        f"""
import multiprocessing
import dgl

def work(queue):
    import dgl.function
    queue.put((__name__, dgl.__name__, dgl.function.__name__))

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    queue = context.Queue()
    process = context.Process(target=work, args=(queue,))
    process.start()
    print(queue.get(timeout=60))
    process.join()
""",
    )
    done = run(form, tmp_path)
    assert done.stdout == "('__mp_main__', 'grapevine', 'grapevine.function')\n", done.stderr


def test_pytest_runs_under_it(tmp_path):
    write(tmp_path, "test_it.py", "def test():\n    import dgl\n    assert dgl.graph(([0], [1]))\n")
    done = run(["-m", "pytest", "-q", "-p", "no:cacheprovider"], tmp_path)
    assert done.returncode == 0 and "1 passed" in done.stdout


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import dgl; dgl.geometry.farthest_point_sampler", "dgl.geometry.farthest_point_sampler"),
        ("from dgl.geometry import neighbor_matching", "dgl.geometry.neighbor_matching"),
        ("from dgl.geometry.fps import farthest_point_sampler", "dgl.geometry.farthest_point"),
        ("from dgl.data import SSTDataset", "dgl.data.SSTDataset"),
        ("from dgl.data.tree import SSTDataset", "dgl.data.SSTDataset"),
        ("import dgl.graphbolt as gb; gb.ItemSet", "dgl.graphbolt.ItemSet"),
        ("import dgl; dgl.graph(([0], [1])).shared_memory('x')", "DGLGraph.shared_memory"),
    ],
)
def test_what_is_not_there_is_named(tmp_path, code, name):
    done = run(["-c", code], tmp_path)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("NotImplementedError") and name in last


def test_what_dgl_lacks_too_is_an_attribute_error(tmp_path):
    done = run(["-c", "import dgl; print(hasattr(dgl, 'nonsense')); dgl.nonsense"], tmp_path)
    assert done.stdout == "False\n"
    assert done.stderr.strip().splitlines()[-1].startswith("AttributeError")


def test_table_of_what_is_there():
    from grapevine.not_implemented import markdown, missing

    assert "SAGEConv" not in missing().get("nn", [])
    assert "ItemSet" in missing()["graphbolt"]
    assert markdown().startswith("| module | there | of | not there yet |")
