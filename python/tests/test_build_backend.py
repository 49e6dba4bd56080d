"""The wheel's names, metadata and record, without compiling."""

import base64
import hashlib
import importlib.util
import zipfile
from pathlib import Path

import pytest
import torch

BACKEND = Path(__file__).parent.parent / "build_backend.py"


@pytest.fixture
def backend():
    spec = importlib.util.spec_from_file_location("build_backend", BACKEND)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_torch_of_this_environment_is_found(backend, monkeypatch):
    monkeypatch.delenv("Torch_ROOT", raising=False)
    version, folder = backend._torch()
    assert version == torch.__version__
    assert folder == Path(torch.__path__[0])


def test_version_names_the_minor_version_of_torch(backend):
    assert backend._version("2.13.0+cpu") == f"{backend._version_of_sources()}+torch2.13"


def test_metadata(backend, tmp_path):
    folder = backend.prepare_metadata_for_build_wheel(str(tmp_path))
    text = (tmp_path / folder / "METADATA").read_text()
    assert "Name: grapevine-gnn\n" in text
    assert "Requires-Dist: numpy\n" in text
    assert "Requires-Dist: scipy; extra == 'all'\n" in text
    assert "Root-Is-Purelib: false" in (tmp_path / folder / "WHEEL").read_text()


def test_wheel_has_the_package_and_a_true_record(backend, tmp_path, monkeypatch):
    library = tmp_path / "libgrapevine.so.0.1"
    library.write_bytes(b"not really")
    monkeypatch.setattr(backend, "_compile", lambda *_: {"grapevine/libgrapevine.so.0.1": library})
    name = backend.build_wheel(str(tmp_path))
    assert name.startswith("grapevine_gnn-") and name.endswith(".whl")
    with zipfile.ZipFile(tmp_path / name) as wheel:
        names = wheel.namelist()
        assert "grapevine/__init__.py" in names
        assert "grapevine/nn/__init__.py" in names
        assert not any("__pycache__" in entry for entry in names)
        record = next(entry for entry in names if entry.endswith("/RECORD"))
        lines = wheel.read(record).decode().splitlines()
        assert len(lines) == len(names)
        for line in lines:
            entry, digest, size = line.rsplit(",", 2)
            if entry != record:
                data = wheel.read(entry)
                found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
                assert (digest, int(size)) == (f"sha256={found.decode()}", len(data))
