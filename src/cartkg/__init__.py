"""cartkg: an evidence graph of CAR-T cell therapy in autoimmune disease."""

__version__ = "0.1.0"

__all__ = ["__version__"]
