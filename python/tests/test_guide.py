"""docs/guide/python.md: its code gives what it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import torch

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "python.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAYS = re.compile(r"# (->|Error:) (.*)$")


def sections() -> dict[str, list[tuple[str, str]]]:
    """(language, text) of the blocks of each section; those before the first under ""."""
    parts = re.split(r"^## (.*)$", PAGE.read_text(), flags=re.MULTILINE)
    titles = ["", *parts[1::2]]
    return {title: _BLOCK.findall(text) for title, text in zip(titles, parts[::2])}


def run(code: str, names: dict[str, Any]) -> int:
    """Runs a block, checks what it says of its statements, and returns how many it says it of."""
    lines, count = code.splitlines(), 0
    for statement in ast.parse(code).body:
        said = _SAYS.search(lines[statement.end_lineno - 1])
        if said is None:
            exec(compile(ast.Module([statement], []), str(PAGE), "exec"), names)
            continue
        count += 1
        assert isinstance(statement, ast.Expr), f"no expression: {lines[statement.lineno - 1]}"
        expression = compile(ast.Expression(statement.value), str(PAGE), "eval")
        if said[1] == "->":
            assert repr(eval(expression, names)) == said[2], lines[statement.lineno - 1]
        else:
            with pytest.raises(Exception, match=re.escape(said[2])):
                eval(expression, names)
    return count


@pytest.mark.parametrize("title", list(sections()))
def test_the_page_is_true(title, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    torch._dynamo.reset()
    names: dict[str, Any] = {"__name__": "guide"}
    blocks = sections()[title]
    count = 0
    for language, text in [*(sections()[""] if title else []), *blocks]:
        if language == "python":
            count += run(text, names)
        elif language == "text":
            assert capsys.readouterr().out == text
            count += 1
        else:
            assert language == "sh"
    assert count > 0 or not title


def test_a_page_that_is_not_true_fails():
    for code in ("1 + 1  # -> 3", "1 + 1  # Error: no", "1 / 0  # Error: other words"):
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            run(code, {})
    assert run("x = 1\nx + 1  # -> 2", {}) == 1
