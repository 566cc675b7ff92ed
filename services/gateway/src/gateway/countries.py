"""The countries that a parcel may go to, by their codes.

Source: ISO 3166-1, its officially assigned alpha-2 codes, as in `iso3166.tab` of the IANA time zone
database. Beside them XK, which carriers use for Kosovo and the standard leaves to its users. Other
codes name nothing that a parcel could be brought to: EU is reserved for a union, ZZ for nowhere.
"""

from typing import Annotated

from pydantic import Field

SECOND_LETTERS = {
    "A": "DEFGILMOQRSTUWXZ",
    "B": "ABDEFGHIJLMNOQRSTVWYZ",
    "C": "ACDFGHIKLMNORUVWXYZ",
    "D": "EJKMOZ",
    "E": "CEGHRST",
    "F": "IJKMOR",
    "G": "ABDEFGHILMNPQRSTUWY",
    "H": "KMNRTU",
    "I": "DELMNOQRST",
    "J": "EMOP",
    "K": "EGHIMNPRWYZ",
    "L": "ABCIKRSTUVY",
    "M": "ACDEFGHKLMNOPQRSTUVWXYZ",
    "N": "ACEFGILOPRUZ",
    "O": "M",
    "P": "AEFGHKLMNRSTWY",
    "Q": "A",
    "R": "EOSUW",
    "S": "ABCDEGHIJKLMNORSTVXYZ",
    "T": "CDFGHJKLMNORTVWZ",
    "U": "AGMSYZ",
    "V": "ACEGINU",
    "W": "FS",
    "X": "K",
    "Y": "ET",
    "Z": "AMW",
}
"""The codes, by their first letter."""
COUNTRIES = frozenset(first + second for first, all_ in SECOND_LETTERS.items() for second in all_)
COUNTRY = f"^(?:{'|'.join(f'{first}[{all_}]' for first, all_ in SECOND_LETTERS.items())})$"
"""What the contract says of a country: one of the codes, as a pattern."""
Country = Annotated[str, Field(pattern=COUNTRY, repr=False)]
