"""Order intake, the one business part of the gateway: turning a request into an order."""
