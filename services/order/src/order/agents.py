"""What the order service consumes: one Faust agent, in a consumer group of the service's name, over all its topics."""

from messaging import create_app, follow

from order.handlers import handlers

app = create_app("order")
agent = follow(app, handlers)
