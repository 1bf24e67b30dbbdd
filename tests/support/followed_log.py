"""A log file that is followed while it grows and is rotated."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from matomo_archive_exporter.readings.archiver.log import LogReader, LogReading


class Log:
    """A log file, its reader, and what was counted."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "archive.log"
        self.now = 1795500000.0
        self.path.touch()
        self.reader = self.another_reader()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.reader.close()

    def another_reader(self) -> LogReader:
        return LogReader(self.path, lambda: self.now, lambda: self.now)

    def write(self, text: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(text)

    def read(self) -> LogReading:
        return self.reader.read()

    def counted(self) -> dict[str, int]:
        return {name: count for name, count in self.read().events.items() if count}


def old_name(log: Log) -> Path:
    return log.path.with_name(f"archive.log.{len(list(log.path.parent.iterdir()))}")


def rename(log: Log) -> None:
    log.path.rename(old_name(log))
    log.path.touch()


def copy_and_truncate(log: Log) -> None:
    old_name(log).write_bytes(log.path.read_bytes())
    os.truncate(log.path, 0)


def remove(log: Log) -> None:
    log.path.unlink()
    log.path.touch()


def nothing(log: Log) -> None:
    assert log.path.exists()


ROTATIONS = [rename, copy_and_truncate, remove, nothing]
Rotate = Callable[[Log], None]
