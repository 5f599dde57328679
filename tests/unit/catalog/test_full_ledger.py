"""The state database takes no more while a sync publishes: nothing that the catalog took is lost."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, event

from include.governance.staging.outcome import Outcome
from include.governance.state.ledger import Ledger
from tests.support.catalog_estate import wide_estate
from tests.unit.catalog.fake_server import FakeServer

Sync = Callable[..., Outcome]


def pages_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())


def test_what_was_published_is_known_to_the_next_sync(
    server: FakeServer, sync: Sync, ledger: Ledger, engine: Engine
) -> None:
    estate = wide_estate("mine", 120)
    most = {"pages": pages_of(engine) + 12}
    event.listen(engine, "connect", lambda one, _: one.execute(f"PRAGMA max_page_count={most['pages']}"))
    engine.dispose()

    stopped = sync(estate, batch_size=20)
    assert stopped.error is not None
    assert (stopped.error["error"], stopped.error["exit_code"]) == ("StorageFull", 1)
    assert "database or disk is full" in stopped.error["message"]
    acknowledged = set(ledger.entries())
    assert 0 < len(acknowledged) < len(estate.entities)
    assert stopped.entities == len(acknowledged) + 20  # the catalog took one batch more

    most["pages"] = 10_000
    engine.dispose()
    sent = len(server.posted())
    again = sync(estate, batch_size=20)
    assert (again.error, again.refused, again.left) == (None, [], 0)
    assert sorted(ledger.entries()) == estate.all_keys()
    names = [entity["attributes"]["qualifiedName"] for entity in server.entities.values()]
    assert len(names) == len(set(names))
    assert not acknowledged & {name for batch in server.posted()[sent:] for name in batch}
    assert sync(estate).mode == "none"
