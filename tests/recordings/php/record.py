"""Ask PHP itself how it takes memory limits, config files and addresses; run by hand.

    python tests/recordings/php/record.py

It needs Debian's php-cli and php-mysql, and rewrites answers.json beside it. The tests read that.
"""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

ANSWERS = Path(__file__).with_name("answers.json")

MEMORY = """
256M 256m 128M 2G 1g 512K 4096K 268435456 2048 0 1 2M 2097152 2097153 3M 1.5G 0.5G 1.5 .5G 1,5G
512 M 256MB 256Mi 256MiB 256B 1T 1k 300 5M5 5MM G -1 -2 -1M +256M 0x10000000 0X10000000 0x100M 010M
0b1000M 0o400M 0xG 256M; unlimited none off on true 1e9 9999999999999999999 99999999999G
17179869184G 8589934592G -3M -512M
"""
SPACED = ["", " ", "512 M", " 256M", "256M ", "512\tM", "1 G", "512 MB", "2 048M", "- 1", '"256M"']

ENVIRONMENT = {
    "DB_HOST": "db.example.org",
    "DB_PORT": "3307",
    "EMPTY": "",
    "QUOTED": 'a"b',
    "TRUE": "true",
    "ENTITY": "a&amp;b",
    "DOLLAR": "$1",
    "NESTED": "${DB_HOST}",
    "SPACED": " x y ",
}
VALUES = [
    "${DB_HOST}",
    '"${DB_HOST}"',
    "'${DB_HOST}'",
    "${NOT_THERE}",
    '"${NOT_THERE}"',
    "${EMPTY}",
    '"a${DB_HOST}b"',
    "a${DB_HOST}b",
    "${DB_HOST}:${DB_PORT}",
    '"${DB_HOST}:${DB_PORT}"',
    '${DB_HOST} "b"',
    '"a" "b"',
    '"a"b',
    'a"b"',
    "'a'b",
    "a b",
    "${DB_HOST} ${DB_PORT}",
    "${QUOTED}",
    '"${QUOTED}"',
    "${TRUE}",
    "${ENTITY}",
    "${DOLLAR}",
    "${NESTED}",
    "${SPACED}",
    '"\\${DB_HOST}"',
    '"$DB_HOST"',
    "$DB_HOST",
    '"a${}b"',
    "true${DB_PORT}",
    "${DB_PORT}true",
    "${memory_limit}",
    '"${DB_HOST}',
    "${DB_HOST",
    "1${DB_PORT}",
    "${DB_HOST};comment",
    "${DB_HOST} ;comment",
    "${ DB_HOST }",
    "'a' b",
    "a 'b'",
    "'a' 'b'",
    "'a' \"b\"",
    '"a" b',
    'a "b" c',
    "${DB_HOST}  'b'",
    '"${DB_HOST}" ${DB_PORT}',
    "a ${DB_PORT}  b",
    '"a\\"${DB_PORT}"',
    "x\\${DB_PORT}",
    "${DB_PORT} on",
    "on ${DB_PORT}",
    "a on",
    '"on"',
    "1 | 2",
    "a|b",
    "!1",
    "x${DB_HOST",
    "${DB HOST}",
    "${DB_PORT}\t;c",
    "$",
    "a$",
    "a$b",
    "${DB_HOST}=x",
    "E_ALL",
    "08",
]
HOSTS = ["localhost", "LOCALHOST", "127.0.0.1", "::1", "[::1]", "localhost:1", "127.0.0.1:1", "."]


def php(code: str, environment: dict[str, str] | None = None, ini: str = "") -> str:
    """What PHP prints, errors included."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "php.ini").write_text(ini, encoding="utf-8")
        command = ["php", "-c", folder, "-d", "display_errors=stdout", "-r", code]
        run = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "HOME": folder, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    return run.stdout + run.stderr


def memory_limit(text: str) -> int | None:
    """The limit in force, in bytes, as the official image sets it; None for none."""
    code = "echo ini_get('memory_limit'), ' '; str_repeat('x', 1 << 46);"
    output = php(code, {"PHP_MEMORY_LIMIT": text}, "memory_limit=${PHP_MEMORY_LIMIT}\n")
    limit = re.search(r"Allowed memory size of (\d+) bytes", output)
    if limit is None:
        assert "Out of memory" in output, (text, output)
        return None
    return int(limit[1])


def ini_value(text: str) -> str | None:
    """The value of a key, None where the file is refused."""
    code = "echo json_encode(parse_ini_string(getenv('TEXT'), true));"
    output = php(code, ENVIRONMENT | {"TEXT": f"[database]\nhost = {text}\n"})
    parsed = json.loads(output.splitlines()[-1])
    return parsed["database"]["host"] if parsed else None


def way(host: str) -> str:
    """How PDO tries to connect: by socket, by TCP, or not at all as it finds no such host."""
    dsn = f"mysql:host={host};port=1;dbname=x"
    output = php(
        f"try {{ new PDO('{dsn}', 'x', 'y'); }} catch (Exception $e) {{ echo $e->getMessage(); }}"
    )
    if "getaddrinfo" in output or "Name or service" in output:
        return "unknown"
    return "socket" if "No such file" in output else "tcp"


def main() -> None:
    version = php("echo PHP_VERSION;")
    answers = {
        "php": version,
        "memory_limit": {text: memory_limit(text) for text in [*MEMORY.split(), *SPACED]},
        "environment": ENVIRONMENT,
        "ini": {text: ini_value(text) for text in VALUES},
        "pdo_hosts": {host: way(host) for host in HOSTS},
    }
    ANSWERS.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
