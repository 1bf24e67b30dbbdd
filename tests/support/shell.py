"""Runs lines of shell from the docs, in a clone."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.process import REPOSITORY, Finished, environment

_STRICT = ("bash", "-euo", "pipefail", "-c")


def sh(code: str, stdin: str = "", **variables: str) -> Finished:
    """To their end, or to the first that fails."""
    done = subprocess.run(
        [*_STRICT, code],
        cwd=REPOSITORY,
        env=_of_an_operator(variables),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@contextmanager
def running(code: str, stdin: str = "", **variables: str) -> Iterator[None]:
    """Lines of which the last one serves, ended with the block."""
    command = [*_STRICT, code]
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=_of_an_operator(variables), stdin=subprocess.PIPE, text=True
    ) as shell:
        try:
            assert shell.stdin
            shell.stdin.write(stdin)
            shell.stdin.close()
            yield
        finally:
            shell.terminate()


def _of_an_operator(variables: Mapping[str, str]) -> dict[str, str]:
    """The machine's own settings for pip stay; ours and coverage's do not."""
    kept = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    return {**kept, **variables}
