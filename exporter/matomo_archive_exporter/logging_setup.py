"""The exporter's log: one line for each event, as logfmt or JSON."""

import json
import logging
import time
from typing import Any, Final

from matomo_archive_exporter.log_writer import LogWriter

_STANDARD_ERROR: Final = 2


def _entry(record: logging.LogRecord) -> dict[str, Any]:
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    entry = {
        "time": f"{at}.{record.msecs:03.0f}Z",
        "level": record.levelname.lower(),
        "msg": record.getMessage(),
        **getattr(record, "fields", {}),
    }
    if record.exc_info:
        entry["traceback"] = logging.Formatter().formatException(record.exc_info)
    return entry


class JsonFormatter(logging.Formatter):
    """A JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_entry(record), default=str)


class LogfmtFormatter(logging.Formatter):
    """Pairs of key and value on one line, quoted where they must be."""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(f"{key}={_quoted(str(value))}" for key, value in _entry(record).items())


def _quoted(text: str) -> str:
    printable = text.isprintable()
    if text and printable and not any(character in text for character in ' "=\\'):
        return text
    # Escape all characters that end a line or that a terminal obeys.
    return json.dumps(text, ensure_ascii=not printable)


def set_up(level: str, style: str) -> None:
    """Log to standard error from now on."""
    handler = LogWriter(_STANDARD_ERROR)
    handler.setFormatter(JsonFormatter() if style == "json" else LogfmtFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # The driver logs statements and packets at debug level.
    logging.getLogger("mysql.connector").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    # It warns about each request that is not HTTP, so clients could fill the log.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
