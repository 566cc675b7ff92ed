"""The Faust application of analytics: one consumer group, named after the service, and its table."""

from messaging.app import create_app

from analytics.tables import PartitionedTable

WINDOW_S = 5

app = create_app("analytics", Table=PartitionedTable)
windows = app.Table("windows", default=None).tumbling(WINDOW_S)
