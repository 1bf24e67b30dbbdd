"""Lines of a log as other programs pass them on."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

_STAMP = re.compile(rb"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\]")
_START = datetime(2026, 11, 23, 6, tzinfo=UTC)

Line = tuple[bytes, datetime]
Wrapper = Callable[[bytes, datetime], bytes]


def wrapped(log: bytes, wrapper: Wrapper) -> bytes:
    """The log, each line of which went through a program at the second of its stamp."""
    return b"".join(wrapper(line, at) for line, at in _lines(log))


def _lines(log: bytes) -> Iterator[Line]:
    at = _START
    for line in log.removesuffix(b"\n").split(b"\n"):
        if stamp := _STAMP.search(line[:40]):
            at = datetime.fromisoformat(stamp[1].decode()).replace(tzinfo=UTC)
        yield line, at


def _time(at: datetime) -> bytes:
    return f"{at:%Y-%m-%dT%H:%M:%S}.123456789Z".encode()


def docker_json(line: bytes, at: datetime) -> bytes:
    return _json_line(at, line + b"\n")


def _json_line(at: datetime, text: bytes) -> bytes:
    record = {"log": text.decode("utf-8", "replace"), "stream": "stdout"}
    return json.dumps(record | {"time": _time(at).decode()}).encode() + b"\n"


def docker_json_in_pieces(line: bytes, at: datetime) -> bytes:
    """Docker cuts after 16 KiB; here after fewer bytes, so that some lines are cut."""
    pieces = [line[start : start + 90] for start in range(0, len(line), 90)] or [b""]
    pieces[-1] += b"\n"
    return b"".join(_json_line(at, piece) for piece in pieces)


def cri(line: bytes, at: datetime) -> bytes:
    return _time(at) + b" stdout F " + line + b"\n"


def cri_in_pieces(line: bytes, at: datetime) -> bytes:
    """With lines of the other stream in between."""
    pieces = [line[start : start + 70] for start in range(0, len(line), 70)] or [b""]
    other = _time(at) + b" stderr P begun and never at its end \n"
    return b"".join(
        _time(at) + b" stdout %s " % tag + piece + b"\n" + other
        for tag, piece in zip([*[b"P"] * (len(pieces) - 1), b"F"], pieces, strict=True)
    )


def compose(line: bytes, at: datetime) -> bytes:
    other = b"db-1             | 2026-11-23  7:00:00 0 [Note] ready for connections: it's up'\n"
    return b"cron             | " + line + b"\n" + (other if at.second % 7 == 0 else b"")


def compose_in_colour(line: bytes, at: datetime) -> bytes:
    return b"\x1b[36mcron_1  |\x1b[0m " + line + b"\n"


def compose_with_times(line: bytes, at: datetime) -> bytes:
    return b"matomo-cron-1  | " + _time(at) + b" " + line + b"\n"


def service_logs(line: bytes, at: datetime) -> bytes:
    return b"matomo_cron.1.k2j3h4g5@node-1    | " + line + b"\n"


def kubectl_with_prefix(line: bytes, at: datetime) -> bytes:
    return b"[pod/matomo-cron-1234/cron] " + _time(at) + b" " + line + b"\n"


def docker_times(line: bytes, at: datetime) -> bytes:
    return _time(at) + b" " + line + b"\n"


def journald(line: bytes, at: datetime) -> bytes:
    return f"{at:%b %d %H:%M:%S} matomo php[871]: ".encode() + line + b"\n"


def journald_iso(line: bytes, at: datetime) -> bytes:
    return (
        f"{at:%Y-%m-%dT%H:%M:%S}+0000 host.example.org matomo-console[1]: ".encode() + line + b"\n"
    )


def journald_full(line: bytes, at: datetime) -> bytes:
    return f"{at:%a %Y-%m-%d %H:%M:%S} UTC host php[1]: ".encode() + line + b"\n"


def journald_json(line: bytes, at: datetime) -> bytes:
    record = {
        "__REALTIME_TIMESTAMP": str(int(at.timestamp() * 1_000_000)),
        "_PID": "871",
        "MESSAGE": [*line] if b"\x1b" in line else line.decode("utf-8", "replace"),
    }
    return json.dumps(record).encode() + b"\n"


def syslog(line: bytes, at: datetime) -> bytes:
    return f"<14>{at:%b %d %H:%M:%S} matomo matomo: ".encode() + line + b"\n"


def syslog_of_today(line: bytes, at: datetime) -> bytes:
    stamp = f"<14>1 {at:%Y-%m-%dT%H:%M:%S}.000Z".encode()
    return stamp + b' matomo php 871 - [meta sequenceId="1"] ' + line + b"\n"


def busybox_syslog(line: bytes, at: datetime) -> bytes:
    return f"{at:%b %d %H:%M:%S} a1b2c3 user.notice root: ".encode() + line + b"\n"


def _quoted(line: bytes) -> bytes:
    """As Go's strconv.Quote does."""
    text = line.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + text.replace(b"\x1b", b"\\x1b").replace(b"\t", b"\\t") + b'"'


def supercronic(line: bytes, at: datetime) -> bytes:
    time = f'time="{at:%Y-%m-%dT%H:%M:%SZ}"'.encode()
    job = b'channel=stdout iteration=0 job.command="php console core:archive" job.position=0'
    return time + b" level=info msg=" + _quoted(line) + b" " + job + b'  job.schedule="5 * * * *"\n'


def supercronic_json(line: bytes, at: datetime) -> bytes:
    record = {"channel": "stdout", "job.position": 0, "level": "info"}
    text = {"msg": line.decode("utf-8", "replace"), "time": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    return json.dumps(record | text).encode() + b"\n"


def ts(line: bytes, at: datetime) -> bytes:
    return f"{at:%b %d %H:%M:%S} ".encode() + line + b"\n"


def ts_in_brackets(line: bytes, at: datetime) -> bytes:
    return f"[{at:%Y-%m-%d %H:%M:%S}] ".encode() + line + b"\n"


def ts_since_the_start(line: bytes, at: datetime) -> bytes:
    return f"{at:%H:%M:%S} ".encode() + line + b"\n"


def ts_of_unix(line: bytes, at: datetime) -> bytes:
    return f"{at.timestamp():.6f} ".encode() + line + b"\n"


def windows(line: bytes, at: datetime) -> bytes:
    return line + b"\r\n"


def docker_of_supercronic(line: bytes, at: datetime) -> bytes:
    return docker_json(supercronic(line, at).removesuffix(b"\n"), at)


def compose_of_supercronic(line: bytes, at: datetime) -> bytes:
    return b"cron  | " + supercronic(line, at)


def cri_of_ts_in_pieces(line: bytes, at: datetime) -> bytes:
    return cri_in_pieces(ts(line, at).removesuffix(b"\n"), at)


def stern(line: bytes, at: datetime) -> bytes:
    return b"matomo-cron-2893-x7k2p cron " + line + b"\n"


def kubetail(line: bytes, at: datetime) -> bytes:
    return b"[matomo-cron-2893 cron] " + line + b"\n"


def cloud_watch(line: bytes, at: datetime) -> bytes:
    return _time(at).replace(b"Z", b"+00:00") + b" ecs/cron/7f3a9 " + line + b"\n"


def apache_error_log(line: bytes, at: datetime) -> bytes:
    stamp = f"[{at:%a %b %d %H:%M:%S}.123456 {at:%Y}] [php:notice] [pid 871] [client ::1:5] "
    return stamp.encode() + line + b"\n"


def ofelia(line: bytes, at: datetime) -> bytes:
    return _time(at) + b' [Job "archive" (a1b2c3)] StdOut: ' + line + b"\n"


def foreman(line: bytes, at: datetime) -> bytes:
    return f"{at:%H:%M:%S} cron.1  | ".encode() + line + b"\n"


def logger_to_terminal(line: bytes, at: datetime) -> bytes:
    return f"<13>{at:%b %d %H:%M:%S} root: ".encode() + line + b"\n"


def php_error_log(line: bytes, at: datetime) -> bytes:
    return f"[{at:%d-%b-%Y %H:%M:%S} UTC] ".encode() + line + b"\n"


def heroku(line: bytes, at: datetime) -> bytes:
    return _time(at).replace(b"Z", b"+00:00") + b" app[cron.1]: " + line + b"\n"


def pm2(line: bytes, at: datetime) -> bytes:
    return b"0|cron  | " + line + b"\n"


def without_a_time(line: bytes, at: datetime) -> bytes:
    """As stern writes JSON."""
    record = {"message": line.decode("utf-8", "replace"), "podName": "matomo-1", "nodeName": "n"}
    return json.dumps(record).encode() + b"\n"


def fluentd(line: bytes, at: datetime) -> bytes:
    record = json.dumps({"container_id": "a1b2", "log": line.decode("utf-8", "replace")})
    return _time(at).replace(b"Z", b"+00:00") + b"\tdocker.matomo\t" + record.encode() + b"\n"


def cronie(line: bytes, at: datetime) -> bytes:
    stamp = f"{at:%b %d %H:%M:%S} matomo CROND[871]: (www-data) CMDOUT ("
    return stamp.encode() + line + b")\n"


def supercronic_on_terminal(line: bytes, at: datetime) -> bytes:
    fields = {"channel": "stdout", "iteration": 0, "job.command": '"php console"'}
    tail = "".join(f" \x1b[36m{name}\x1b[0m={value}" for name, value in fields.items())
    stamp = f"\x1b[36mINFO\x1b[0m[{at:%Y-%m-%dT%H:%M:%SZ}] "
    return stamp.encode() + line.ljust(44) + tail.encode() + b"\n"


def with_arrow(line: bytes, at: datetime) -> bytes:
    return f"worker-{at.second} (job 5) >> ".encode() + line + b"\n"


WRAPPERS: Mapping[str, Wrapper] = {
    wrapper.__name__: wrapper
    for wrapper in (
        docker_json,
        docker_json_in_pieces,
        cri,
        cri_in_pieces,
        compose,
        compose_in_colour,
        compose_with_times,
        service_logs,
        kubectl_with_prefix,
        docker_times,
        journald,
        journald_iso,
        journald_full,
        journald_json,
        syslog,
        syslog_of_today,
        busybox_syslog,
        supercronic,
        supercronic_json,
        ts,
        ts_in_brackets,
        ts_since_the_start,
        ts_of_unix,
        windows,
        docker_of_supercronic,
        compose_of_supercronic,
        cri_of_ts_in_pieces,
        stern,
        kubetail,
        cloud_watch,
        apache_error_log,
        ofelia,
        foreman,
        logger_to_terminal,
        php_error_log,
        heroku,
        pm2,
        without_a_time,
        fluentd,
        cronie,
        supercronic_on_terminal,
        with_arrow,
    )
}
