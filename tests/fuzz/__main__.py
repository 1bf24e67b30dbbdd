"""`make fuzz`: a campaign of so many seconds, shared out among the cores."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile

TESTS = Path(__file__).parents[1]
COMMAND = (
    *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.fuzz.campaign"),
    *(str(TESTS / "fuzz"), str(TESTS / "unit")),
)


def main(seconds: float) -> int:
    """0 if nothing was found; what was found is printed with the example that shows it."""
    cores = os.cpu_count() or 1
    print(f"fuzzing for {seconds:g} s on {cores} cores", flush=True)
    shares = []
    for share in range(1, cores + 1):
        variables = {"FUZZ_SECONDS": str(seconds), "FUZZ_SHARE": f"{share}/{cores}"}
        output = TemporaryFile("w+")  # noqa: SIM115 - closed below, when it has been read
        started = subprocess.Popen(
            COMMAND, env=os.environ | variables, stdout=output, stderr=subprocess.STDOUT
        )
        shares.append((started, output))
    for started, output in shares:
        started.wait()
        with output:
            output.seek(0)
            print(output.read(), end="", flush=True)
    return max(started.returncode for started, _ in shares)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
