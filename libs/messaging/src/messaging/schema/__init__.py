"""The tables of the messaging, and the migrations that create them."""
