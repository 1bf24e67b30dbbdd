"""Stable uids of the dashboards: links, alerts and bookmarks use them."""

OVERVIEW = "matomo-archive-overview"
QUEUE = "matomo-archive-queue"
MEMORY = "matomo-archive-memory"
