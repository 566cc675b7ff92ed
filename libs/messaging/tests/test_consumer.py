"""Faust is set up so that nothing consumed is lost: these settings are why, so they are pinned."""

import desk
import pytest
from messaging import create_app, follow
from mode.supervisors import CrashingSupervisor


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "one:1,two:2")
    return create_app("order")


def test_the_consumer_group_is_the_service_and_the_broker_is_where_the_environment_says(app):
    assert app.conf.id == "order"
    assert [str(url) for url in app.conf.broker] == ["aiokafka://one:1", "aiokafka://two:2"]


def test_a_new_group_begins_with_the_oldest_record(app):
    assert app.conf.consumer_auto_offset_reset == "earliest"


def test_what_is_unexpected_ends_the_process_and_a_stop_waits_for_acknowledgements(app):
    assert app.conf.agent_supervisor is CrashingSupervisor
    assert app.conf.stream_wait_empty


def test_a_dead_workers_partitions_are_soon_given_to_another(app):
    assert app.conf.broker_heartbeat_interval * 3 < app.conf.broker_session_timeout <= 10


def test_an_answer_that_does_not_come_is_given_up_after_the_session_and_soon(app):
    longest_fetch_s = 1.5
    assert app.conf.broker_session_timeout < app.conf.broker_request_timeout <= 10
    assert longest_fetch_s < app.conf.broker_request_timeout
    assert app.conf.producer_request_timeout <= 10


def test_a_record_of_a_changelog_is_delivered_however_long_that_takes(app):
    settings = app.transport.create_producer()._settings_extra()
    assert settings == {"acks": "all", "enable_idempotence": True}


def test_a_worker_soon_sees_brokers_that_are_back(app):
    assert app.conf.consumer_metadata_max_age_ms <= 10_000
    assert app.conf.producer_metadata_max_age_ms <= 10_000


def test_no_worker_makes_topics_tables_or_a_web_server(app):
    assert not app.conf.web_enabled
    assert not app.conf.topic_allow_declare
    assert app.conf.topic_disable_leader
    assert app.conf.table_standby_replicas == 0


async def test_a_worker_joins_its_group_without_a_pause(app, monkeypatch):
    done: list[str] = []

    async def register(tables) -> None:
        done.append("tables registered")

    async def recover() -> None:
        done.append("recovery started")

    async def pause(*args, **options) -> None:
        done.append("paused")

    monkeypatch.setattr(type(app.tables), "_update_channels", register)
    monkeypatch.setattr(type(app.tables), "sleep", pause)
    monkeypatch.setattr(app.tables.recovery, "start", recover)
    await app.tables.on_start()
    assert done == ["tables registered", "recovery started"]


def test_one_agent_consumes_every_topic_that_a_handler_needs(app):
    agent = follow(app, desk.handlers)
    assert agent.faust_agent.name == "order.hear"
    assert set(agent.faust_agent.channel.topics) == {
        "order-placed",
        "cancellation-requested",
        "payment-processed",
    }


def test_the_broker_knows_an_instance_by_its_service_and_number(monkeypatch):
    monkeypatch.setenv("INSTANCE", "2")
    assert create_app("order").conf.broker_client_id == "order-2"
