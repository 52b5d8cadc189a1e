"""What one check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass

PASS, FAIL, UNKNOWN = "PASS", "FAIL", "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Finding:
    """`result`: PASS, FAIL, or UNKNOWN where nobody could look. `remedy` says what to do; "" where all is well."""

    id: str
    result: str
    message: str
    remedy: str = ""

    def as_data(self) -> dict[str, str]:
        return {"id": self.id, "result": self.result, "message": self.message, "remedy": self.remedy}


def passed(id: str, message: str) -> Finding:
    return Finding(id, PASS, message)


def failed(id: str, message: str, remedy: str) -> Finding:
    return Finding(id, FAIL, message, remedy)


def unknown(id: str, message: str, remedy: str) -> Finding:
    return Finding(id, UNKNOWN, message, remedy)
