"""What to make of a failure of the database: is it unavailable, or does it reject the data?"""

import asyncpg

TRY_AGAIN = (
    OSError,  # TimeoutError included: asyncpg raises it when there is no answer
    asyncpg.InterfaceError,  # the connection was lost before this statement
    # The server has said farewell and not hung up yet; or a migration outdated what we knew.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,  # it was lost during this statement
    asyncpg.OperatorInterventionError,  # shut down, starting up, cancelled, timed out
    asyncpg.InsufficientResourcesError,  # no connection, memory or disk space left
    asyncpg.PostgresSystemError,  # its disk failed
    asyncpg.TransactionRollbackError,  # deadlock, serialisation: somebody else went first
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby that is about to take over
    asyncpg.InvalidCachedStatementError,  # a migration changed a table under our feet
    asyncpg.InvalidAuthorizationSpecificationError,  # not the data's fault: an operator mends it
    asyncpg.InvalidCatalogNameError,
)


def is_connection_error(error: BaseException) -> bool:
    """Tell whether the database was unavailable or gave way to another transaction, so that trying again helps.

    Everything else that it raises is about the data, and trying again would not help.
    """
    behind = getattr(error, "orig", None)  # what SQLAlchemy wraps, and what its driver wraps
    if behind is not None:
        return is_connection_error(behind.__cause__ or behind)
    # asyncpg's errors about wrong arguments are interface errors too, and ValueErrors beside.
    return isinstance(error, TRY_AGAIN) and not isinstance(error, ValueError)
