"""What payment consumes: one Faust agent, in a consumer group of the service's name, over all its topics."""

from messaging import create_app, follow

from payment.handlers import handlers

app = create_app("payment")
agent = follow(app, handlers)
