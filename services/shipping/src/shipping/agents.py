"""What shipping consumes: one Faust agent, in a consumer group of the service's name, over all its topics."""

from messaging import create_app, follow

from shipping.handlers import handlers

app = create_app("shipping")
agent = follow(app, handlers)
