"""Puts the subscriber together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from simkit import Books, Switches, operating_routes

from subscriber import api
from subscriber.fault_switches import SubscriberBehaviour
from subscriber.hooks import Hooks
from subscriber.settings import Settings

DESCRIPTION = "A customer's own system: takes webhooks, checks who signed them, and shows them."


def build_app(settings: Settings) -> FastAPI:
    """Open the books."""
    books = Books(settings.data_dir / "subscriber.sqlite3")
    hooks = Hooks(books)
    switches = Switches(SubscriberBehaviour())

    @asynccontextmanager
    async def keep_books(_app: FastAPI) -> AsyncIterator[None]:
        yield
        books.close()

    app = FastAPI(title="Subscriber", description=DESCRIPTION, lifespan=keep_books)
    app.state.hooks = hooks
    app.state.switches = switches
    app.include_router(api.router)
    app.include_router(operating_routes({"books": books.check}, switches, hooks.clear))
    return app
