"""How dashboards are addressed: by links, by alerts, and by whoever bookmarked one."""

OVERVIEW = "matomo-archive-overview"
QUEUE = "matomo-archive-queue"
MEMORY = "matomo-archive-memory"
