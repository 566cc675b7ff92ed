"""What is wrong with a file, and where: of all that reads one, the one thing that others tell of."""


class RetailFormatError(ValueError):
    """The file is not in the Online Retail format; says in which file, line and column."""

    def __init__(
        self, problem: str, *, file: str, line: int | None = None, column: str = ""
    ) -> None:
        self.file, self.line, self.column = file, line, column
        place = [file]
        if line is not None:
            place.append(f"line {line}")
        if column:
            place.append(f"column {column}")
        super().__init__(f"{', '.join(place)}: {problem}")
