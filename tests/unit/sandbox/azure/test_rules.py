"""What all services check, and how listings page: the rules that a reader of the real Azure meets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from include.sandbox.azure import AzureEmulator, azure_emulator
from include.sandbox.azure.names import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from include.sandbox.azure.wire import SeenRequest

from .conftest import FRAUD, JOBS, ML, Caller

AGENTS = "/foundry/ai-assist/api/projects/claims/agents"
FOUNDRY = "https://ai.azure.com"


@pytest.fixture(scope="module")
def azure() -> Iterator[AzureEmulator]:
    with azure_emulator(page_size=3) as running:
        yield running


@pytest.fixture
def caller(azure: AzureEmulator, calling: Callable[[AzureEmulator], Caller]) -> Caller:
    return calling(azure)


def code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def test_nothing_without_a_token(azure: AzureEmulator, caller: Caller) -> None:
    answer = caller.http.get(f"{azure.url}{FRAUD}/jobs?api-version={JOBS}")
    assert (answer.status_code, code(answer)) == (401, "AuthenticationFailed")
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_token_ends(calling: Callable[[AzureEmulator], Caller]) -> None:
    with azure_emulator(token_seconds=-1) as azure:
        answer = calling(azure).get(f"{FRAUD}/jobs")
    assert (answer.status_code, code(answer)) == (401, "ExpiredAuthenticationToken")


def test_a_token_is_for_one_audience(caller: Caller) -> None:
    assert caller.get(AGENTS, "v1").status_code == 401
    assert caller.get(AGENTS, "v1", audience=FOUNDRY).status_code == 200
    assert caller.get(f"{FRAUD}/jobs", audience=FOUNDRY).status_code == 401


@pytest.mark.parametrize(("secret", "status"), [(CLIENT_SECRET, 200), ("another", 401)])
def test_the_authority_checks_the_secret(azure: AzureEmulator, caller: Caller, secret: str, status: int) -> None:
    known = caller.http.get(f"{azure.url}/{TENANT_ID}/v2.0/.well-known/openid-configuration").json()
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": secret, "scope": "a/.default"}
    answer = caller.http.post(known["token_endpoint"], data=form)
    assert answer.status_code == status


@pytest.mark.parametrize("version", [None, "2020-08-01", "v1"])
def test_an_api_version_that_the_sdk_sends_is_needed(caller: Caller, version: str | None) -> None:
    answer = caller.get(f"{FRAUD}/jobs", version)
    assert answer.status_code == 400
    assert "ApiVersion" in code(answer)


def test_pages_hold_each_item_once(caller: Caller) -> None:
    pages = caller.pages(f"{FRAUD}/jobs", listViewType="All")
    names = [item["name"] for page in pages for item in page]
    assert [len(page) for page in pages] == [3, 3, 2]
    assert len(set(names)) == 8


def test_a_next_link_is_absolute_and_repeats_the_query(azure: AzureEmulator, caller: Caller) -> None:
    link = caller.get(f"{FRAUD}/jobs", listViewType="All").json()["nextLink"]
    assert link.startswith(f"{azure.url}{FRAUD}/jobs?")
    assert "listViewType=All" in link
    assert "%24skipToken=" in link


def test_a_listing_cut_by_top_still_has_a_next_link(caller: Caller) -> None:
    versions = f"{FRAUD}/models/payment-scoring/versions"
    answer = caller.get(versions, "2023-08-01-preview", **{"$top": "1", "$orderBy": "createdtime desc"}).json()
    assert [item["name"] for item in answer["value"]] == ["2"]
    assert answer["nextLink"]


def test_paths_have_no_case_and_are_decoded(caller: Caller) -> None:
    shouted = caller.get(f"/{FRAUD.upper()}/JOBS/serene%5Flake_train")
    assert shouted.json()["name"] == "serene_lake_train"


def test_views_by_archived(caller: Caller) -> None:
    def names(view: str) -> set[str]:
        return {item["name"] for page in caller.pages(f"{FRAUD}/jobs", listViewType=view) for item in page}

    assert names("ArchivedOnly") == {"old_oak_failed"}
    assert names("All") == names("ActiveOnly") | names("ArchivedOnly")


def test_workspaces_by_kind(caller: Caller) -> None:
    listing = "/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.MachineLearningServices"
    found = caller.pages(f"{listing}/workspaces", "2024-10-01-preview", kind="hub,project")
    assert {item["name"] for page in found for item in page} == {"hub-documents", "proj-contracts"}


@pytest.mark.parametrize(
    "path",
    [
        f"{FRAUD}-gone/jobs",
        f"{FRAUD}/jobs/none",
        f"{FRAUD}/models/none/versions",
        f"{FRAUD}/nothings",
        ML.format("rg-none") + "/workspaces",
        "/subscriptions/99999999-9999-9999-9999-999999999999/providers/Microsoft.MachineLearningServices/workspaces",
    ],
)
def test_what_is_not_there(caller: Caller, path: str) -> None:
    answer = caller.get(path)
    assert answer.status_code == 404
    assert code(answer)


def test_an_existing_parent_without_children_lists_nothing(caller: Caller) -> None:
    assert caller.get(f"{FRAUD}/batchEndpoints", "2023-10-01").json() == {"value": []}


def test_a_refusal_names_action_and_scope(caller: Caller) -> None:
    people = ML.format("rg-people") + "/workspaces/ws-people"
    answer = caller.get(f"{people}/models/attrition/versions", "2023-08-01-preview")
    assert (answer.status_code, code(answer)) == (403, "AuthorizationFailed")
    message = answer.json()["error"]["message"]
    assert message.startswith(f"The client '{CLIENT_ID}' with object id '")
    assert "action 'Microsoft.MachineLearningServices/workspaces/models/versions/read'" in message
    assert f"over scope '{people}/models/attrition'" in message


def test_reads_left_are_told(caller: Caller) -> None:
    left = [int(caller.get(FRAUD).headers["x-ms-ratelimit-remaining-subscription-reads"]) for _ in range(2)]
    assert left[1] < left[0]


def test_writes_are_refused_and_recorded(azure: AzureEmulator, caller: Caller) -> None:
    before = len(azure.writes)
    for method, path in [("PUT", FRAUD), ("DELETE", FRAUD), ("POST", f"{FRAUD}/listKeys")]:
        token = azure.authority.make(azure.url)
        answer = caller.http.request(method, azure.url + path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 405
    assert azure.writes[before:] == [
        SeenRequest("PUT", FRAUD, 405),
        SeenRequest("DELETE", FRAUD, 405),
        SeenRequest("POST", f"{FRAUD}/listKeys", 405),
    ]


def test_what_a_registry_holds_is_read_at_its_own_service(caller: Caller) -> None:
    models = ML.format("rg-shared") + "/registries/reg-shared/models"
    assert caller.get(models).status_code == 404
    found = caller.get(f"/mferp/managementfrontend{models}", "2021-10-01-dataplanepreview").json()["value"]
    assert [item["id"] for item in found] == ["azureml://registries/reg-shared/models/payment-scoring"]


def test_agents_end_with_an_empty_page(caller: Caller) -> None:
    first = caller.get(AGENTS, "v1", audience=FOUNDRY).json()
    assert (first["has_more"], first["last_id"]) == (False, "translator")
    after = caller.get(AGENTS, "v1", audience=FOUNDRY, after=first["last_id"]).json()
    assert (after["data"], after["last_id"]) == ([], None)


def test_connections_never_show_credentials(caller: Caller) -> None:
    for page in caller.pages(f"{FRAUD}/connections", "2024-04-01-preview"):
        assert all("credentials" not in item["properties"] for item in page)
