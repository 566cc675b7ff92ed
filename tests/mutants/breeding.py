"""The mutants: one for each way in which the messaging could quietly stop keeping its word."""

from mutants.lost_contexts import LOST_CONTEXTS
from mutants.mutant import Mutant

MESSAGING = "libs/messaging/src/messaging"
TESTS = "libs/messaging/tests"

MUTANTS = (
    Mutant(
        "acknowledges before the commit",
        f"{MESSAGING}/inbound/processor.py",
        [
            (
                "        held_back: list[Delivery] | None = None if pardoned else []\n",
                "        held_back: list[Delivery] | None = []\n        [d.acknowledge() for d in batch]\n",
            ),
            (
                "                delivery.acknowledge()\n                self.finished",
                "                self.finished",
            ),
        ],
        [
            f"{TESTS}/test_processor.py::test_nothing_is_acknowledged_whose_effects_are_not_committed"
        ],
    ),
    Mutant(
        "writes no row into the inbox",
        f"{MESSAGING}/inbound/deduplication.py",
        [
            (
                "events = await inbox.admit(connection, (d.event_id for d in others if d.event_id is not None))",
                "events = {d.event_id for d in others if d.event_id is not None}",
            )
        ],
        [f"{TESTS}/test_processor.py::test_a_repeat_has_no_effect_within_a_batch_or_after_it"],
    ),
    Mutant(
        "deletes what it was fed before the broker has it",
        f"{MESSAGING}/outbound/relay.py",
        [
            (
                "self._acknowledged.extend(kept)",
                "self._acknowledged.extend(row.position for row in rows)",
            )
        ],
        [f"{TESTS}/test_unpublishable.py::test_what_was_fed_and_is_refused_stays_in_the_table"],
    ),
    Mutant(
        "deletes what it swept before the broker has it",
        f"{MESSAGING}/outbound/relay.py",
        [
            (
                "await connection.execute(DELETE, [row.position for row in published])",
                "await connection.execute(DELETE, [row.position for row in rows])",
            )
        ],
        [f"{TESTS}/test_unpublishable.py::test_what_is_refused_never_fills_what_is_read_at_once"],
    ),
    Mutant(
        "takes a failed send for an acknowledgement",
        f"{MESSAGING}/outbound/publisher.py",
        [
            (
                "[row for row, result in outcomes if not isinstance(result, BaseException)]",
                "[row for row, result in outcomes]",
            )
        ],
        [
            f"{TESTS}/test_unpublishable.py::test_a_broker_that_refuses_a_batch_refuses_only_the_record_it_means"
        ],
    ),
    Mutant(
        "decides about rows that it has not locked",
        f"{MESSAGING}/model/rows.py",
        [(""" ORDER BY "{key}" FOR UPDATE'""", """ ORDER BY "{key}"'""")],
        [f"{TESTS}/test_processor.py::test_two_processors_that_meet_at_a_new_order_lose_nothing"],
    ),
    Mutant(
        "relays the newest first",
        f"{MESSAGING}/outbound/relay.py",
        [
            (
                "rows, self._fed = self._fed[:BATCH], self._fed[BATCH:]",
                "rows, self._fed = self._fed[-BATCH:], self._fed[:-BATCH]",
            )
        ],
        [f"{TESTS}/test_relay.py::test_a_relay_on_its_way_out_publishes_what_memory_holds"],
    ),
    Mutant(
        "sweeps the newest first",
        f"{MESSAGING}/outbound/relay.py",
        [("    ORDER BY position LIMIT $3", "    ORDER BY position DESC LIMIT $3")],
        [f"{TESTS}/test_relay.py::test_the_sweep_finds_rows_that_nobody_fed"],
    ),
    Mutant(
        "admits an answer as often as it comes",
        f"{MESSAGING}/inbound/deduplication.py",
        [
            (
                "answers = await settle(connection, [d.command_key for d in others if d.command_key is not None])",
                "answers = {d.command_key for d in others if d.command_key is not None}",
            )
        ],
        [f"{TESTS}/test_processor.py::test_an_answer_counts_once_and_strikes_its_command_out"],
    ),
    Mutant(
        "redrives a dead letter without settling it",
        f"{MESSAGING}/inbound/deduplication.py",
        [
            (
                "redrives = await settle_redriven(connection, [d.redrive for d in batch if d.redrive])",
                "redrives = {d.redrive.action for d in batch if d.redrive}",
            )
        ],
        [f"{TESTS}/test_redrive.py::test_asked_for_twice_it_happens_once"],
    ),
    Mutant(
        "takes a final no for no answer",
        f"{MESSAGING}/commands/executor.py",
        [("except RefusedError as no:", "except ZeroDivisionError as no:")],
        [
            f"{TESTS}/test_refused_commands.py::test_a_final_no_is_asked_once_and_kept_whole_with_the_neighbours_words"
        ],
    ),
    Mutant(
        "asks without an end",
        f"{MESSAGING}/commands/executor.py",
        [("tried.for_s < self._ask_for_s", "tried.for_s >= 0")],
        [f"{TESTS}/test_refused_commands.py::test_nothing_is_asked_without_an_end"],
    ),
    Mutant(
        "sweeps in every instance at once",
        f"{MESSAGING}/outbound/relay.py",
        [("pg_try_advisory_lock($1)", "pg_try_advisory_lock_shared($1)")],
        [f"{TESTS}/test_relay.py::test_one_of_two_relays_sweeps_and_the_other_takes_over"],
    ),
    Mutant(
        "emits without the context of the creation",
        f"{MESSAGING}/model/unit_of_work.py",
        [
            (
                "traceparent=creation_context(event, event_id, self.cause.traceparent)",
                "traceparent=self.cause.traceparent",
            )
        ],
        [f"{TESTS}/test_spans.py::test_all_that_follows_from_an_event_is_one_trace"],
    ),
    Mutant(
        "asks without a context",
        f"{MESSAGING}/commands/store.py",
        [("[ask.cause.traceparent for ask in asked]", "[None for ask in asked]")],
        [f"{TESTS}/test_spans.py::test_a_trace_goes_on_after_a_crash"],
    ),
    Mutant(
        "takes a command up without its context",
        f"{MESSAGING}/commands/store.py",
        [('                row["traceparent"],\n', "                None,\n")],
        [f"{TESTS}/test_spans.py::test_a_trace_goes_on_after_a_crash"],
    ),
    Mutant(
        "makes a call outside of its trace",
        f"{MESSAGING}/commands/executor.py",
        [("with use_trace(trace), attempting", "with use_trace(None), attempting")],
        [f"{TESTS}/test_spans.py::test_all_that_follows_from_an_event_is_one_trace"],
    ),
    Mutant(
        "answers without the context of the call",
        f"{MESSAGING}/commands/executor.py",
        [("        if attempt.made is not None:\n", "        if attempt.made is None:\n")],
        [f"{TESTS}/test_spans.py::test_all_that_follows_from_an_event_is_one_trace"],
    ),
    Mutant(
        "finds a row and loses its headers",
        f"{MESSAGING}/outbound/outbox.py",
        [('row["value"], load_headers(row["headers"])', 'row["value"], []')],
        [f"{TESTS}/test_spans.py::test_a_row_that_a_crash_left_is_sent_as_part_of_its_trace"],
    ),
    Mutant(
        "stores a dead letter without its headers",
        f"{MESSAGING}/dead_letters/store.py",
        [("        dump_headers(record.headers),\n", "        dump_headers(()),\n")],
        [f"{TESTS}/test_spans.py::test_a_dead_letter_keeps_its_trace"],
    ),
    Mutant(
        "processes outside of the trace",
        f"{MESSAGING}/inbound/spans.py",
        [("parent = TraceContext.parse(delivery.cause.traceparent)", "parent = None")],
        [f"{TESTS}/test_spans.py::test_all_that_follows_from_an_event_is_one_trace"],
    ),
    Mutant(
        "never pauses, so that a bug sets everything aside",
        f"{MESSAGING}/inbound/breaker.py",
        [("return self._failed >= TRIP_AFTER", "return False")],
        [f"{TESTS}/test_breaker.py"],
    ),
    Mutant(
        "never ends a worker that has stopped consuming",
        f"{MESSAGING}/runtime/watchdog.py",
        [("if self._looks > LOOKS:", "if self._looks > LOOKS and waiting < 0:")],
        [f"{TESTS}/test_watchdog.py::test_events_that_wait_for_too_many_looks_are_its_end"],
    ),
    Mutant(
        "sets aside without telling the order",
        f"{MESSAGING}/dead_letters/store.py",
        [("        outgoing += [notice] if notice else []\n", "")],
        [f"{TESTS}/test_dead_letters.py::test_the_order_is_informed_of_its_dead_letter"],
    ),
    Mutant(
        "holds an order for a letter that was settled before it was known",
        "services/order/src/order/holds.py",
        [("    holds[_name(event)] = None", "    holds.pop(_name(event), None)")],
        [
            "services/order/tests/test_holds.py::test_a_letter_that_is_known_after_its_settling_holds_nothing"
        ],
    ),
    Mutant(
        "believes the last word instead of the newest",
        "services/order/src/order/handlers.py",
        [("if work.cause.sequence > order.stock_sequence:", "if work.cause.sequence:")],
        ["tests/choreography/test_choreography.py::test_every_end_is_a_good_one"],
    ),
    *LOST_CONTEXTS,
)
