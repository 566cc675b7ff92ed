"""Personal data: what it is, and how it is encrypted before it enters a stream."""

from privacy.sealing import CannotUnsealError, PersonalData, Sealer, SealingKey

__all__ = ["CannotUnsealError", "PersonalData", "Sealer", "SealingKey"]
