"""Who makes a request and what that caller may do: API keys and their scopes, client tokens and their rules.

May import `spec`, `state` and `base`.
"""
