"""The gateway accepts orders over HTTP and turns them into events."""

from servicekit import configure_logging, load_settings, loading, main


def api() -> None:
    """Serve customers over HTTP, and relay what was accepted."""
    with loading():
        from servicekit.api import serve  # a migration has no use for a web server

        from gateway.app import create_app
        from gateway.http.protocol import GuardedProtocol
        from gateway.pressure.door import Door
        from gateway.settings import GatewaySettings

    settings = load_settings(GatewaySettings)
    configure_logging("gateway", settings)
    app = Door(create_app(settings))
    serve(app, settings, GuardedProtocol, trusted_proxies=settings.trusted_proxies)


if __name__ == "__main__":
    main("gateway", __doc__, api)
