"""Every event service has the same files with the same meaning."""

import pytest
from architecture.tree import Package, packages
from events import CHANGELOGS
from messaging import CommandRedriven, CommandRefused
from orderstream.maps.registries import commands_of, handlers_of, lifecycle_of
from stack import DATABASES

SERVICES = packages("services")
EVENT_SERVICES = [service for service in SERVICES if service.name != "gateway"]
# A service that only counts, in Faust tables, has a changelog instead of a database.
COUNTING_SERVICES = [
    service for service in SERVICES if service.name in {topic.written_by for topic in CHANGELOGS}
]
KEEPING_SERVICES = [service for service in SERVICES if service not in COUNTING_SERVICES]
EVERY_SERVICE_HAS = ("__init__.py", "__main__.py", "py.typed", "settings.py")
EVERY_EVENT_SERVICE_HAS = ("agents.py", "handlers.py", "worker.py")
EVERY_KEEPING_SERVICE_HAS = ("models.py", "migrations/env.py", "migrations/versions")
EVERY_KEEPING_EVENT_SERVICE_HAS = ("lifecycle.py", "unit_of_work.py")
EVERY_COUNTING_SERVICE_HAS = ("tables.py",)


def named(service: Package) -> str:
    return service.name


@pytest.mark.parametrize("service", SERVICES, ids=named)
def test_every_service_has_what_running_it_takes(service):
    assert missing(service, EVERY_SERVICE_HAS) == []
    assert (service.folder / "__init__.py").read_text() == ""


@pytest.mark.parametrize("service", EVENT_SERVICES, ids=named)
def test_every_event_service_has_the_same_files(service):
    assert missing(service, EVERY_EVENT_SERVICE_HAS) == []
    assert handlers_of(service.name).service == service.name


@pytest.mark.parametrize("service", KEEPING_SERVICES, ids=named)
def test_every_service_that_keeps_something_has_a_database_and_what_an_order_is_to_it(service):
    assert missing(service, EVERY_KEEPING_SERVICE_HAS) == []
    if service in EVENT_SERVICES:
        assert missing(service, EVERY_KEEPING_EVENT_SERVICE_HAS) == []
        lifecycle = lifecycle_of(service.name)
        assert lifecycle is not None
        assert lifecycle.final_states


@pytest.mark.parametrize("service", COUNTING_SERVICES, ids=named)
def test_a_service_that_counts_has_tables_and_no_database(service):
    assert missing(service, EVERY_COUNTING_SERVICE_HAS) == []
    without = (*EVERY_KEEPING_SERVICE_HAS, *EVERY_KEEPING_EVENT_SERVICE_HAS)
    assert missing(service, without) == list(without)


@pytest.mark.parametrize("service", EVENT_SERVICES, ids=named)
def test_commands_are_there_where_something_is_asked_and_each_one_is(service):
    commands = commands_of(service.name)
    asked = {command for row in handlers_of(service.name).registrations for command in row.asks}
    assert asked == (set() if commands is None else set(commands.types))


@pytest.mark.parametrize("service", EVENT_SERVICES, ids=named)
def test_every_answer_has_a_handler(service):
    commands = commands_of(service.name)
    answers = [] if commands is None else [a for found in commands.answers.values() for a in found]
    handled = {row.fact_type for row in handlers_of(service.name).registrations}
    assert set(answers) <= handled


@pytest.mark.parametrize("service", EVENT_SERVICES, ids=named)
def test_whoever_asks_can_bear_a_no_and_ask_again(service):
    asking = {CommandRefused, CommandRedriven} if commands_of(service.name) is not None else set()
    rows = {row.fact_type: row for row in handlers_of(service.name).registrations}
    assert rows.keys() & {CommandRefused, CommandRedriven} == asking
    if asking:
        assert set(rows[CommandRedriven].asks) == set(commands_of(service.name).types)


def test_every_service_that_keeps_something_has_a_database_of_its_own():
    assert set(DATABASES) == {service.name for service in KEEPING_SERVICES}
    assert len(set(dict(DATABASES).values())) == len(KEEPING_SERVICES)


def missing(service, names):
    return [name for name in names if not (service.folder / name).exists()]
