"""The commands, one file each: `run` is what it does, `EXAMPLES` what its help shows."""
