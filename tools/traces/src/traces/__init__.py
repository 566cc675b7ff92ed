"""The store of spans: takes them over OTLP/HTTP and returns those of one trace or one order."""
