"""Runs a program under which `import dgl` gives Grapevine, otherwise as `python` itself would.

    python -m grapevine.dgl [-m module | -c code | script.py | folder | -] [args...]

`sys.argv`, `sys.path[0]`, the module `__main__`, the exit status and what is printed for an
exception are those of `python [-m module | -c code | script.py | folder | -] [args...]`.
Options of Python's own come before `-m grapevine.dgl`. The program's large CPU tensors take their
memory from `grapevine.use_buffer_pool`, unless the environment has `GRAPEVINE_BUFFER_POOL=0`.
"""

from __future__ import annotations

import importlib.machinery
import io
import os
import pkgutil
import runpy
import sys
import types
from typing import Any, Callable

from ..memory import use_buffer_pool
from .alias import install

USAGE = "usage: python -m grapevine.dgl [-m module | -c code | script.py | folder | -] [args...]"


def main(args: list[str]) -> None:
    """Runs what the arguments say. Does not return if that ends the process."""
    if not args or args[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if args else sys.stderr)
        raise SystemExit(0 if args else 2)
    option, rest = args[0], args[1:]
    if option in ("-m", "-c") and not rest:
        print(f"Argument expected for the {option} option\n{USAGE}", file=sys.stderr)
        raise SystemExit(2)
    install()
    if os.environ.get("GRAPEVINE_BUFFER_POOL", "1") != "0":
        use_buffer_pool()
    if option == "-m":
        _run(_module, rest[0], rest[1:])
    elif option == "-c":
        _run(_code, rest[0], rest[1:])
    else:
        _run(_folder if _is_folder(option) else _script, option, rest)


def _run(how: Callable[[str, list[str]], None], what: str, args: list[str]) -> None:
    """Calls `how` in a fresh `__main__`, and keeps our own frames out of tracebacks."""
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = sys.modules["builtins"]
    sys.modules["__main__"] = module
    try:
        how(what, args)
    except SystemExit:
        raise
    except BaseException as error:
        _hide_frames(error)
        raise


def _hide_frames(error: BaseException) -> None:
    """Has the hook for uncaught exceptions, the program's if it has one, see its frames only."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_globals is globals():
        traceback = traceback.tb_next
    hook = sys.excepthook

    def excepthook(kind: type[BaseException], value: BaseException, _: Any) -> None:
        hook(kind, value.with_traceback(traceback), traceback)

    sys.excepthook = excepthook


def _set_path(first: str) -> None:
    """Sets `sys.path[0]`, where Python has put the current folder for `-m`, if it has."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = first


def _execute(source: str | bytes, filename: str) -> None:
    exec(compile(source, filename, "exec", dont_inherit=True), sys.modules["__main__"].__dict__)


def _code(code: str, args: list[str]) -> None:
    sys.argv = ["-c", *args]
    _set_path("")
    _execute(code, "<string>")


def _module(name: str, args: list[str]) -> None:
    sys.argv = ["-m", *args]
    _set_path(os.getcwd())
    runpy._run_module_as_main(name)  # what `python -m` calls, with its messages


def _is_folder(path: str) -> bool:
    """Whether `python path` runs `__main__.py` in it: a folder or a zip file."""
    return path != "-" and pkgutil.get_importer(path) is not None


def _folder(path: str, args: list[str]) -> None:
    sys.argv = [path, *args]
    _set_path(_absolute(path))
    runpy._run_module_as_main("__main__", False)


def _absolute(path: str) -> str:
    """The path as Python shows it: below the current folder, and not simplified."""
    return os.path.join(os.getcwd(), path)


def _script(path: str, args: list[str]) -> None:
    sys.argv = [path, *args]
    if path == "-":
        _set_path("")
        sys.modules["__main__"].__file__ = "<stdin>"
        _execute(sys.stdin.buffer.read(), "<stdin>")
        return
    name = _absolute(path)
    try:
        with io.open_code(name) as file:
            source = file.read()
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        print(f"{sys.executable}: can't open file {name!r}: {reason}", file=sys.stderr)
        raise SystemExit(2) from None
    _set_path(os.path.dirname(os.path.realpath(path)))
    main_module = sys.modules["__main__"]
    main_module.__file__ = name
    main_module.__dict__["__cached__"] = None
    main_module.__loader__ = importlib.machinery.SourceFileLoader("__main__", name)
    _execute(source, name)
