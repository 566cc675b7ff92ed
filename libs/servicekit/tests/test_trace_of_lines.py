import structlog
from servicekit.log_subject import add_trace_id
from tracing import TraceContext, use_trace


def test_a_log_line_names_the_trace(capsys):
    log = structlog.wrap_logger(structlog.PrintLogger(), processors=[add_trace_id, str_of])
    trace = TraceContext.new()
    log.info("alone")
    with use_trace(trace):
        log.info("traced")
    alone, traced = capsys.readouterr().out.splitlines()
    assert "trace_id" not in alone
    assert trace.trace_id in traced


def str_of(_logger, _method, event):
    return str(event)
