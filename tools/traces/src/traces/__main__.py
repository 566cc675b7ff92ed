"""Keeps the spans of the system, so that one order can be seen as a trace."""

from servicekit import configure_logging, load_settings, loading, main

from traces.settings import TracesSettings


def serve() -> None:
    """Take spans over OTLP/HTTP, and answer questions about them."""
    with loading():
        from servicekit.api import serve

        from traces.app import create_app

    settings = load_settings(TracesSettings)
    configure_logging("traces", settings)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main("traces", __doc__, serve, has_database=False)
