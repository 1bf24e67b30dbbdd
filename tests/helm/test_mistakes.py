"""The chart refuses mistakes without showing values that may be secret."""

from tests.support.helm import template


def test_a_plain_password_is_refused_and_not_repeated() -> None:
    login = {"host": "db", "username": "exporter", "existingSecret": "db"}
    users = {"basic_auth_users": {"alice": "hunter2"}}
    refused = template({"database": login, "web": {"config": users}})
    assert refused.status != 0
    assert "web.config.basic_auth_users.alice: set a bcrypt hash" in refused.err
    assert "hunter2" not in refused.err
