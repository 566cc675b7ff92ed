"""What inventory consumes: one Faust agent, in a consumer group of the service's name, over all its topics."""

from messaging import create_app, follow

from inventory.handlers import handlers

app = create_app("inventory")
agent = follow(app, handlers)
