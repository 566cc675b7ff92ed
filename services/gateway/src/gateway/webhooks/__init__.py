"""Webhooks: customers say here where their own systems are told of their orders."""
