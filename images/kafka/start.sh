#!/bin/sh
# Makes an empty volume ready, then becomes the broker: so a stop reaches it, and a restart finds its data.
# ADVERTISED is where clients outside of the containers find it; HEAP is Java's.
set -eu
here=$(dirname "$0")
java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '/opt/kafka/libs/*' kafka.tools.StorageTool \
  format --ignore-formatted --cluster-id b3JkZXJzdHJlYW0ta2Fma2E --config "$here/server.properties"
exec java "-Xmx$HEAP" -XX:+UseSerialGC "-Dlog4j2.configurationFile=$here/log4j2.yaml" -cp '/opt/kafka/libs/*' \
  kafka.Kafka "$here/server.properties" \
  --override "advertised.listeners=INSIDE://kafka:9092,OUTSIDE://$ADVERTISED" \
  --override "log.retention.hours=$RETENTION_HOURS"
