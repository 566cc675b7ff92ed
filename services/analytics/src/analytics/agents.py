"""What analytics consumes: one Faust agent over all its topics, and the table that it counts in."""

from messaging import create_app, follow

from analytics.handlers import handlers
from analytics.tables import PartitionedTable

WINDOW_S = 5

app = create_app("analytics", Table=PartitionedTable)
windows = app.Table("windows", default=None).tumbling(WINDOW_S)
# A window is written whole, and shown once a second: fewer and larger batches cost less.
agent = follow(app, handlers, linger_s=0.25)
