"""Switches of DGL that programs set."""

from __future__ import annotations

__all__ = ["is_libxsmm_enabled", "use_libxsmm"]

_libxsmm = True


def use_libxsmm(flag: bool) -> None:
    """Remembers the flag; the operators have kernels of their own. Source: `dgl.use_libxsmm`."""
    global _libxsmm
    _libxsmm = bool(flag)


def is_libxsmm_enabled() -> bool:
    """What `use_libxsmm` was told last. Source: `dgl.is_libxsmm_enabled`."""
    return _libxsmm
