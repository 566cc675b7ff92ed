"""Keeps count of what an import drops and changes while it runs."""

from orderstream.retail.report import Changed, Dropped, Finding, ImportReport, Reason


class Ledger:
    """Counts by reason and subject; remembers the first line of each."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Reason, str], int] = {}
        self._first_lines: dict[tuple[Reason, str], int] = {}

    def note(self, reason: Reason, line: int, subject: str = "") -> None:
        """Count one more of this reason, met at this line."""
        key = (reason, subject)
        self._counts[key] = self._counts.get(key, 0) + 1
        self._first_lines.setdefault(key, line)

    def report(self, file: str, rows_read: int, rows_used: int) -> ImportReport:
        """Close the account; reasons in the order of their definition, the most frequent subject first."""
        return ImportReport(
            file=file,
            rows_read=rows_read,
            rows_used=rows_used,
            dropped=tuple(f for reason in Dropped for f in self._findings(reason)),
            changed=tuple(f for reason in Changed for f in self._findings(reason)),
        )

    def _findings(self, reason: Reason) -> list[Finding]:
        found = [
            Finding(reason, subject, count, self._first_lines[reason, subject])
            for (met, subject), count in self._counts.items()
            if met is reason
        ]
        return sorted(found, key=lambda finding: (-finding.count, finding.example_line))
