"""Submit the WeData task definitions that a commit changed, and gate on what became of them."""

__version__ = "0.1.0"
