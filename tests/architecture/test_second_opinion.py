"""The audit states on its own what should happen, so a change has to be made twice.

This is a gate for changes: each equation here fails until both sides were thought through.
"""

from datetime import timedelta

import pytest
from audit.listeners import CONSUMED_BY
from audit.rules.acceptance import KEYS_KEPT
from audit.rules.history import ALLOWED
from audit.target import DEADLINE
from fault_injection import injector as planned_faults
from orderstream.explaining import reading


def test_the_auditor_expects_of_each_service_what_it_handles() -> None:
    for service, expected in CONSUMED_BY.items():
        handlers = pytest.importorskip(f"{service}.handlers").handlers
        assert {event.type_name() for event in expected} == handlers.type_names


def test_everybody_knows_which_statuses_customers_get_a_mail_about() -> None:
    mailed = set(pytest.importorskip("notifier.lifecycle").KIND_BY_STATUS)
    assert mailed == set(planned_faults.MAILED) == reading.MAILED


def test_the_auditor_allows_the_steps_that_the_order_service_takes() -> None:
    lifecycle = pytest.importorskip("order.lifecycle").LIFECYCLE
    assert lifecycle.transitions == ALLOWED


def test_the_auditor_knows_the_deadline_and_how_long_keys_are_kept() -> None:
    settings = pytest.importorskip("order.settings").OrderSettings
    assert settings.model_fields["deadline_s"].default == DEADLINE.total_seconds()
    assert timedelta(hours=pytest.importorskip("gateway.intake.store").KEY_HOURS) >= KEYS_KEPT
