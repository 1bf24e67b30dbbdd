"""The settings of one run, from flags, environment, config.ini.php and defaults, in that order."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from matomo_archive_exporter.settings import options
from matomo_archive_exporter.settings.sources import ConfigIniSource, VariableSource


class Settings(BaseSettings):
    """General options"""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    config_ini: Path | None = Field(
        None, description="Matomo's config/config.ini.php; its settings apply unless set here"
    )
    database: options.DatabaseSettings = options.DatabaseSettings()
    archiver: options.ArchiverSettings = options.ArchiverSettings()
    collect: options.CollectSettings = options.CollectSettings()
    web: options.WebSettings = options.WebSettings()
    log: options.LogSettings = options.LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags come as keyword arguments, so they are `init_settings`."""
        return init_settings, VariableSource(settings_cls), ConfigIniSource(settings_cls)
