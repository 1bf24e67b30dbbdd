"""Forecasts of a queue that is known whole."""

from matomo_archive_exporter.matomo.simulation.forecast import Forecast, RunForecast


def forecast_of(run: RunForecast) -> Forecast:
    """The same as configured and with one request."""
    return Forecast(
        configured=run,
        single_request=run,
        full_queue_peak=0,
        lowest_peak=0,
        rearchived=0,
        daily=0,
        knows_added=True,
        is_exact=True,
        knows_visits=True,
    )
