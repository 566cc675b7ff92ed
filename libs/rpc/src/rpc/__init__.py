"""What services ask each other over gRPC.

The contracts are the `.proto` files, one folder per service and version; the modules beside them are
generated. `rpc.serving` is how a service answers, `rpc.context` what goes along with a call.
"""
