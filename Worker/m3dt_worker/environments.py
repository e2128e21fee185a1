"""The role that plays environments."""


def handlers(hello):
    """What this role answers, by the kind of the request."""
    return {}
