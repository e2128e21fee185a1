"""The role that reads trajectories in the formats of other projects, and writes two of them."""


def handlers(hello):
    """What this role answers, by the kind of the request."""
    from .requests import Requests

    return Requests().handlers()
