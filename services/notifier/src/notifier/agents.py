"""What the notifier consumes: one Faust agent, in a consumer group of the service's name, over all its topics."""

from messaging import create_app, follow

from notifier.handlers import handlers

app = create_app("notifier")
# No customer waits for a mail: fewer and larger batches leave the machine to other services.
agent = follow(app, handlers, linger_s=0.1)
