"""Azure Storage: the account and what opens it, the calls through the vendor's SDK, what its refusals mean.

No module imports the SDK when it is itself imported, but ``wire``: the web process, which only shows settings, does
without it.
"""
