"""Webhooks: what customers' own systems are told, as Standard Webhooks has it.

Source: https://github.com/standard-webhooks/standard-webhooks, the specification, version 1.
"""
