"""Runs DGL programs as they are: `python -m grapevine.dgl script.py args...`."""

from __future__ import annotations

from .alias import DGL_VERSION, VERSION, install

__all__ = ["DGL_VERSION", "VERSION", "install"]
