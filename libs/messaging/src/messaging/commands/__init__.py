"""Commands to external systems: written with the batch, called after its commit."""
