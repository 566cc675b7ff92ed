"""The mutants that lose the trace of an order outside of the messaging."""

from mutants.mutant import Mutant

NOTIFIER = "services/notifier"
TRACES = "services/gateway/tests/test_traces.py"
COUNTING = "services/analytics/tests/test_counting.py"
SERVING = "libs/rpc/tests/test_serving.py"
CALL = f"{SERVING}::test_a_call_continues_the_trace_and_the_request_of_who_makes_it"
DELIVERIES = f"{NOTIFIER}/tests/test_webhook_deliveries.py"
WEBHOOK_SPANS = f"{DELIVERIES}::test_each_try_of_a_webhook_is_a_span_that_names_the_host_alone"

LOST_CONTEXTS = (
    Mutant(
        "accepts an order outside of its request's trace",
        "services/gateway/src/gateway/intake/order_builder.py",
        [("event_id, trace.traceparent if trace else None)", "event_id, None)")],
        [f"{TRACES}::test_an_order_begins_with_its_request_and_the_creation_of_its_event"],
    ),
    Mutant(
        "begins a request outside of the client's trace",
        "services/gateway/src/gateway/http/request_context.py",
        [("parent.child() if parent else TraceContext.new()", "TraceContext.new()")],
        [f"{TRACES}::test_an_order_begins_with_its_request_and_the_creation_of_its_event"],
    ),
    Mutant(
        "asks another service outside of the trace",
        "libs/rpc/src/rpc/context.py",
        [("((TRACEPARENT, span.traceparent),) if span.traceparent else ()", "()")],
        [CALL],
    ),
    Mutant(
        "answers another service outside of its trace",
        "libs/rpc/src/rpc/context.py",
        [('TraceContext.parse(str(sent.get(TRACEPARENT, "")))', "None")],
        [CALL],
    ),
    Mutant(
        "writes a webhook down without its context",
        f"{NOTIFIER}/src/notifier/webhooks/message.py",
        [("[one.traceparent for one in told]", "[None for one in told]")],
        [WEBHOOK_SPANS],
    ),
    Mutant(
        "delivers a webhook outside of its trace",
        f"{NOTIFIER}/src/notifier/webhooks/delivering.py",
        [("use_trace(trace), attempting", "use_trace(None), attempting")],
        [WEBHOOK_SPANS],
    ),
    Mutant(
        "counts outside of the trace",
        "services/analytics/src/analytics/counting.py",
        [("                    spans.follow(delivery)\n", "                    pass\n")],
        [f"{COUNTING}::test_what_is_counted_is_a_span_of_the_orders_trace_and_of_its_batch"],
    ),
)
