"""One member of a closed list: an ASCII code for machines, a Japanese label for people."""

from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A member equals its ASCII code and carries the Japanese ``label``."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member
