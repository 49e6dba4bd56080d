"""The parts that `DGLGraph` is put together from, one concern a file."""
