"""The gateway accepts orders over HTTP and turns them into events."""

from functools import partial

from servicekit import configure_logging, load_settings, loading, main


def api() -> None:
    """Serve customers over HTTP, and relay what was accepted."""
    with loading():
        from servicekit.api import serve  # a migration has no use for a web server

        from gateway.app import create_app
        from gateway.cross_origin import CrossOrigin
        from gateway.refusing import ProblemProtocol
        from gateway.settings import GatewaySettings
        from gateway.state.load_shedding import LoadShedding

    settings = load_settings(GatewaySettings)
    configure_logging("gateway", settings)
    app = create_app(settings)
    edge = LoadShedding(app)
    listed, metrics = settings.cors_origins, app.state.metrics
    pages = CrossOrigin(edge, listed, metrics) if listed else None
    serve(
        pages or edge,
        settings,
        partial(ProblemProtocol, metrics=metrics, pages=pages),
        trusted_proxies=settings.trusted_proxies,
        connections=settings.max_connections,
        connections_per_address=settings.max_connections_per_address,
    )


if __name__ == "__main__":
    main("gateway", __doc__, api)
