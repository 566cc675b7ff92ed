"""The notifier's API: where customers want to be told, for the gateway, which knows who they are."""

from fastapi import FastAPI
from privacy import Sealer
from servicekit.database_api import create_database_api

from notifier.settings import NotifierApiSettings
from notifier.webhooks import routes
from notifier.webhooks.subscriptions import Subscriptions


def create_api(settings: NotifierApiSettings) -> FastAPI:
    """Return the API over the service's own database."""
    app, engine = create_database_api("notifier", settings)
    app.state.targets = settings.targets
    app.state.subscriptions = Subscriptions(
        engine, Sealer(settings.sealing_key), settings.max_webhooks
    )
    app.include_router(routes.router)
    return app
