"""The audit: wait if asked to, read everything, check every rule."""

from collections.abc import Sequence

from orderstream.audit.books import Books
from orderstream.audit.failure import CannotAuditError
from orderstream.audit.loading import load_books
from orderstream.audit.quiet import wait_until_quiet
from orderstream.audit.records import LedgerEntry
from orderstream.audit.report import Report, judge
from orderstream.platform import System


async def audit(
    system: System, *, ledger: Sequence[LedgerEntry] | None = None, wait_s: float = 0
) -> Report:
    """Check the books of a running system.

    With `wait_s` it first waits until nothing is on its way, so many seconds at most. A `ledger` of
    what clients were told is compared with what the shop has.

    Raises:
        CannotAuditError: some book cannot be read.
    """
    if wait_s > 0:
        await wait_until_quiet(system, wait_s)
    _, report = await read_and_judge(system, ledger, waited=wait_s > 0)
    return report


async def read_and_judge(
    system: System, ledger: Sequence[LedgerEntry] | None = None, *, waited: bool = False
) -> tuple[Books, Report]:
    """Read everything and check every rule; gives what was read as well.

    Raises:
        CannotAuditError: some book cannot be read, for whatever reason: there is no verdict.
    """
    try:
        books = await load_books(system, ledger)
        return books, judge(books, waited=waited)
    except CannotAuditError:
        raise
    except Exception as error:
        # Books may hold anything; an auditor that stumbles over it must not look like one that judged.
        raise CannotAuditError(f"the books cannot be read: {error!r}") from error
