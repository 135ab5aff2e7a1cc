"""Video-keyword relevance labelling: graders, disputes, labels."""

__version__ = "0.1.0"  # as in pyproject.toml
