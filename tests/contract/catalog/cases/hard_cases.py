"""Several bad things at once: bad neighbours, halves of answers, names beyond every limit."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from include.governance.catalog import Catalog
from include.governance.model import qualified_names
from include.governance.staging.plan import Key
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase, is_bulk
from tests.contract.catalog.listing import listing_of
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import small_estate, wide_estate
from tests.support.fault_proxy import FaultProxy, SeenRequest
from tests.support.samples import sampled
from tests.support.waiting import wait_for

BULK = r"/entity/bulk(\?|$)"


class HardCasesContract(CatalogCase):
    @pytest.mark.heavy
    def test_many_bad_ones_in_a_row_cost_only_themselves(self, site: Site, proxy: FaultProxy) -> None:
        """They all fail with a server error, yet the server is well."""
        estate = wide_estate(site.tag, 20)
        bad = [estate.add("ai_dataset", estate.dataset(50 + n).qualified_name, f"POISON {n}") for n in range(6)]
        proxy.fault(Fault("status", path=BULK, body=lambda body: b"POISON" in body, status=500, times=None))
        outcome = site.sync(estate, through=proxy.url, attempts=1)
        assert outcome.error is None
        assert sorted(one["qualified_name"] for one in outcome.refused) == sorted(key.qualified_name for key in bad)
        assert (outcome.entities, outcome.left) == (len(estate.entities) - len(bad), 0)

    @pytest.mark.heavy
    def test_what_was_left_out_is_said_once(self, site: Site) -> None:
        """Also where its batch is split again and again for another bad entity."""
        estate = wide_estate(site.tag, 0)
        bad = estate.add("ai_experiment", f"{estate.experiment.qualified_name}9", "bad", {"run_count": "no number"})
        estate[estate.run(2)].references["experiment"] = [bad]
        estate[estate.run(1)].attributes["started_at"] = "no date"
        outcome = site.sync(estate)
        assert outcome.error is None
        assert {one["qualified_name"] for one in outcome.refused} == {bad.qualified_name, estate.run(1).qualified_name}
        said = [(one["qualified_name"], one["attribute"], one["target"]) for one in outcome.dropped]
        assert len(said) == len(set(said))
        assert (estate.run(2).qualified_name, "experiment", bad.qualified_name) in said

    @pytest.mark.parametrize("content", sampled(["<html>please log in</html>", "{}"], "{}"), ids=["page", "object"])
    def test_a_gateway_that_answers_in_the_catalogs_place(self, site: Site, proxy: FaultProxy, content: str) -> None:
        """It says 200 to every write and passes none on: an outage, not an estate full of bad entities."""
        estate = small_estate(site.tag)
        site.sync(estate)
        estate[estate.version(1)].attributes["stage"] = "Archived"
        estate[estate.version(2)].attributes["stage"] = "Archived"
        proxy.fault(Fault("status", method="POST", path=BULK, status=200, content=content, times=None))
        outcome = site.sync(estate, through=proxy.url, settle_seconds=0.2)
        assert outcome.error is not None
        assert (outcome.error["error"], outcome.error["retriable"]) == ("CatalogUnavailable", True)
        assert (outcome.refused, outcome.entities, outcome.left) == ([], 0, 2)
        assert site.sync(estate).entities == 2

    def test_an_outage_before_the_first_batch_leaves_everything(self, site: Site, proxy: FaultProxy) -> None:
        estate = small_estate(site.tag)
        proxy.fault(Fault("status", path="/typedefs", status=503, times=None))
        outcome = site.sync(estate, through=proxy.url, attempts=1)
        assert outcome.error is not None
        assert (outcome.error["retriable"], outcome.left) == (True, len(estate.entities))

    @pytest.mark.heavy
    def test_a_lost_answer_beside_entities_that_were_there_before(self, site: Site, proxy: FaultProxy) -> None:
        """The first of the batch is there already: that it shows says nothing about the request that was lost."""
        estate = wide_estate(site.tag, 30)
        site.sync(estate)
        known = site.ledger.entries()
        site.ledger.replace([], site.ledger.marker_id())  # a state from before; the mark fits
        site.delete([key for key in known if key.type_name != "ai_dataset"])
        fault = proxy.fault(Fault("slow", method="POST", path=BULK, after=1, seconds=60))

        def lookups() -> list[SeenRequest]:
            """Of the last of the batch, after the first request and before the next one."""
            sent = [index for index, seen in enumerate(proxy.requests) if is_bulk(seen)]
            between = proxy.requests[sent[1] : sent[2] if len(sent) > 2 else None]
            return [seen for seen in between if "ai_training_run" in seen.path]

        with ThreadPoolExecutor(1) as pool:
            syncing = pool.submit(site.sync, estate, through=proxy.url, timeout_seconds=4, settle_seconds=40)
            wait_for(lambda: fault.hits)
            wait_for(lambda: len(lookups()) > 1)
            fault.release()
            outcome = syncing.result()
        assert (outcome.error, outcome.refused, outcome.left) == (None, [], 0)
        for key in estate.all_keys():
            assert site.count(key) == 1
        assert site.plan(estate).changes == []

    @pytest.mark.heavy
    def test_what_an_older_state_does_not_know_is_removed_where_unwanted(self, site: Site) -> None:
        """The entity is there with more than we want: an edge, an attribute, a mark of a sync that the state forgot."""
        estate = small_estate(site.tag)
        estate[estate.run(2)].attributes["git_commit"] = "abc"
        estate[estate.run(2)].classifications = ["secret removed"]
        site.sync(estate)
        known = site.ledger.entries()
        del known[estate.run(2)]
        site.ledger.replace(known.values(), site.ledger.marker_id())
        del estate[estate.run(2)].attributes["git_commit"]
        estate[estate.run(2)].classifications = []
        estate[estate.run(2)].references |= {"inputs": [estate.dataset(1)], "parent_run": []}
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused, outcome.acknowledged) == (None, [], {"create": {"ai_training_run": 1}})
        assert site.edges(estate.run(2), "inputs") == [estate.dataset(1).qualified_name]
        assert site.edges(estate.run(2), "parent_run") == []
        assert site.classifications(estate.run(2)) == []
        assert site.there(estate.run(2))["attributes"]["git_commit"] is None
        assert site.count(estate.run(2)) == 1

    @pytest.mark.heavy
    def test_an_older_state_and_an_edge_that_the_catalog_deleted(self, site: Site) -> None:
        """An entity request that names a deleted edge again leaves it deleted."""
        estate = small_estate(site.tag)
        site.sync(estate)
        known = site.ledger.entries()
        del known[estate.run(2)]
        site.ledger.replace(known.values(), site.ledger.marker_id())
        site.delete_edges(estate.run(2), "inputs")
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused) == (None, [])
        wanted = sorted(key.qualified_name for key in (estate.dataset(1), estate.dataset(2)))
        assert site.edges(estate.run(2), "inputs") == wanted

    @pytest.mark.heavy
    def test_a_name_that_fits_no_url(self, site: Site, tmp_path: Path) -> None:
        estate = small_estate(site.tag)
        long = Key("ai_dataset", qualified_names.dataset(site.tag, "🙂" * 1_500, "d", "s3://x"))
        assert len(long.qualified_name) > 17_000
        name = f"{site.tag} long one"
        estate.add(*long, name, {"digest": "d"})
        estate[estate.run(1)].references["inputs"].append(long)
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused) == (None, [])
        assert site.inspector.named(long.type_name, name) == [long.qualified_name]
        site.lose_state(tmp_path)
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused) == (None, [])
        assert site.inspector.named(long.type_name, name) == [long.qualified_name]
        assert site.plan(estate).changes == []

    @pytest.mark.parametrize("length", sampled([100, 700], 700))
    def test_names_of_some_kilobytes_are_read_back(
        self, site: Site, opened: Callable[[str], Catalog], tmp_path: Path, length: int
    ) -> None:
        estate = small_estate(site.tag)
        name = qualified_names.dataset(site.tag, "🙂" * length, "d", "s3://x")
        if len(quote(name)) > opened(site.url).capabilities.longest_url:
            pytest.skip("The name fits no URL of this catalog.")
        estate.add("ai_dataset", name, "long one", {"digest": "d"})
        site.sync(estate)
        site.lose_state(tmp_path)
        outcome = site.sync(estate)
        assert (outcome.error, outcome.writes) == (None, 0)

    @pytest.mark.heavy
    def test_what_a_person_deleted_and_the_source_too_stays_away(self, site: Site, tmp_path: Path) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        gone = estate.version(2)
        del estate.entities[gone]
        estate[estate.run(2)].references["outputs"] = []
        estate[estate.record].references["versions"] = [estate.version(1)]
        site.sync(estate)
        site.delete([gone])
        snapshots = [listing_of(estate, tmp_path / "listing")]
        outcome = site.sync(estate, snapshots=snapshots)
        assert (outcome.error, outcome.refused) == (None, [])
        assert site.get(gone) is None
        assert site.plan(estate, snapshots).changes == []
        back = small_estate(site.tag)
        outcome = site.sync(back)
        assert (outcome.error, outcome.refused) == (None, [])
        assert site.count(gone) == 1
        assert site.edges(gone, "model") == [back.model.qualified_name]
        assert site.plan(back).changes == []
