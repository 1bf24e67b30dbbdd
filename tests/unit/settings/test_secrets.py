"""Settings can be shown, logged and dumped without the password."""

import pytest

from matomo_archive_exporter.readings.database.identity import identity
from matomo_archive_exporter.settings.settings import Settings

SECRET = "Xq7Vw2Jd"


@pytest.fixture
def settings() -> Settings:
    return Settings(database={"username": "u", "password": SECRET})


def test_settings_show_no_password(settings: Settings) -> None:
    shown = [repr(settings), str(settings), f"{settings!r:>10}", settings.model_dump_json()]
    shown += [repr(settings.database), repr(settings.model_dump()), str(vars(settings))]
    assert [text for text in shown if SECRET in text] == []
    assert identity(settings.database).password == SECRET
