"""Prometheus exporter for Matomo's archiving queue."""

__version__ = "0.1.0"
