"""Problems that a worker tells its parent of."""


class Problem(Exception):
    """Something that is wrong and that whoever asked can be told in words.

    Parameters
    ----------
    code : str
        What kind of problem it is, for programs: lower case, words joined by hyphens.
    message : str
        What is wrong and what to do, for people; names the file, the key or the shape.
    details : str
        More of the same kind, one text for each name.
    """

    def __init__(self, code, message, **details):
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = {name: str(value) for name, value in details.items()}
