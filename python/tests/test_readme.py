"""The README's Python program."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_program_prints_what_it_says():
    (program,) = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    (said,) = re.findall(r"print\(.*\) *# (.*)$", program, re.MULTILINE)
    assert done.stdout.strip() == said
