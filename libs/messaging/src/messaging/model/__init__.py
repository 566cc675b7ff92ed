"""What a service is made of: facts, handlers, lifecycles, commands, one unit of work. No I/O but its own rows."""
