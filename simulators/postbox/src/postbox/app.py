"""Puts the postbox together: one process, one loop, two ports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from simkit import Books, Switches, listen, operating_routes

from postbox import api, pages
from postbox.fault_switches import MailBehaviour
from postbox.mails import Mails
from postbox.settings import Settings
from postbox.smtp import MailHandler, serve_smtp

DESCRIPTION = "Accepts any mail, delivers none, and shows it; reads like Mailpit."


def build_app(settings: Settings) -> FastAPI:
    """Open the mails and both ports."""
    listener = listen("postbox", settings.http_host, settings.smtp_port, "SMTP_PORT")
    books = Books(settings.data_dir / "postbox.sqlite3")
    mails = Mails(books)
    switches = Switches(MailBehaviour())

    @asynccontextmanager
    async def take_mail(_app: FastAPI) -> AsyncIterator[None]:
        server = await serve_smtp(listener, MailHandler(mails, switches))
        yield
        server.close()
        books.close()

    app = FastAPI(title="Postbox", description=DESCRIPTION, lifespan=take_mail)
    app.state.mails = mails
    app.include_router(api.router)
    app.include_router(pages.router)
    app.include_router(operating_routes({"mails": books.check}, switches, mails.clear))
    return app
