"""Rows by the thousand, on servers without sequence tables (MySQL) or WITH (MySQL 5.7) as well."""

_DIGIT = "SELECT 0 AS n" + "".join(f" UNION ALL SELECT {n}" for n in range(1, 10))


def numbers(count: int) -> str:
    """The end of a SELECT, after FROM: a column `seq` from 1 to `count`, in order."""
    return f"{unordered_numbers(count)} numbers ORDER BY seq"


def unordered_numbers(count: int) -> str:
    """The same for a join, which gives it a name."""
    places = range(len(str(max(count - 1, 1))))
    value = " + ".join(f"{10**place} * d{place}.n" for place in places)
    tables = ", ".join(f"({_DIGIT}) d{place}" for place in places)
    top, first = places[-1], (count - 1) // 10 ** places[-1]
    return (
        f"(SELECT 1 + {value} AS seq FROM {tables} WHERE d{top}.n <= {first} AND {value} < {count})"
    )


def hex_digits(number: str) -> str:
    """32 of them, another text for each number, without MD5(), which MySQL 9.7 does not have."""
    return f"LPAD(LOWER(HEX({number})), 32, '0')"
