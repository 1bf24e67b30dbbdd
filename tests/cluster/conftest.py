"""The API server of `make cluster`."""

from collections.abc import Iterator

import pytest

from tests.support.cluster import Cluster, cluster


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One for all tests; each has namespaces of its own."""
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made
