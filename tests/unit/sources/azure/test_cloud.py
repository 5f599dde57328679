"""The cloud that is read: by name, by the SDKs' own variables, by its metadata endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.governance.config.models import AzureCloud
from include.governance.errors import ConfigurationError, SourceError
from include.governance.net.azure.cloud import resolve_cloud
from include.sandbox.azure.emulator import AzureEmulator, azure_emulator
from include.sandbox.faults import Fault

NAMES = ("ARM_CLOUD_METADATA_URL", "AZURE_AUTHORITY_HOST", "REQUESTS_CA_BUNDLE", "REGISTRY_DISCOVERY_ENDPOINT_URL")


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureEmulator]:
    with azure_emulator(tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "manager", "authority"),
    [
        (None, "https://management.azure.com", "https://login.microsoftonline.com"),
        ("public", "https://management.azure.com", "https://login.microsoftonline.com"),
        ("us_government", "https://management.usgovcloudapi.net", "https://login.microsoftonline.us"),
        ("china", "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
    ],
    ids=["default", "public", "us_government", "china"],
)
def test_named_clouds_are_known_by_heart(name: str | None, manager: str, authority: str) -> None:
    cloud = resolve_cloud(name, None)
    assert (cloud.resource_manager, cloud.authority, cloud.known) == (manager, authority, True)
    assert cloud.arm_scope == f"{manager}/.default"
    assert cloud.for_ml_client() == {"cloud": cloud.name}


def test_another_authority_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "login.example.com/")
    assert resolve_cloud(None, None).authority == "https://login.example.com"
    assert resolve_cloud("public", None).authority == "https://login.microsoftonline.com"  # the file says otherwise


def test_any_other_cloud_by_its_metadata_endpoint(azure: AzureEmulator) -> None:
    stated = AzureCloud(metadata_url=azure.metadata_url, ai_portal="https://foundry.example.com/")
    cloud = resolve_cloud(stated, azure.ca_bundle)
    assert (cloud.resource_manager, cloud.known) == (azure.url, False)
    assert cloud.authority.startswith("https://")
    assert cloud.ai_portal == "https://foundry.example.com"
    metadata = cloud.for_ml_client()["cloud_metadata"]
    assert metadata["resource_manager"] == azure.url + "/"
    assert resolve_cloud(stated, azure.ca_bundle) == cloud  # the name is bound to the addresses


def test_the_sdks_own_variables_are_honoured(azure: AzureEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_CLOUD_METADATA_URL", azure.metadata_url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", azure.ca_bundle)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.example.com")
    monkeypatch.setenv("REGISTRY_DISCOVERY_ENDPOINT_URL", "https://registries.example.com/")
    cloud = resolve_cloud(None, None)
    assert cloud.resource_manager == azure.url
    assert cloud.authority == "https://login.example.com"
    assert cloud.registry_discovery == "https://registries.example.com"
    assert resolve_cloud("china", None).resource_manager == "https://management.chinacloudapi.cn"


def test_an_address_without_tls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "http://login.example.com")
    with pytest.raises(ConfigurationError, match="https"):
        resolve_cloud(None, None)


@pytest.mark.parametrize("fault", [Fault("status", status=500, times=None), Fault("garbage", times=None)])
def test_a_metadata_endpoint_that_does_not_answer_is_named(azure: AzureEmulator, fault: Fault) -> None:
    azure.fault(fault)
    try:
        with pytest.raises(SourceError, match="metadata endpoint"):
            resolve_cloud(AzureCloud(metadata_url=azure.metadata_url), azure.ca_bundle)
    finally:
        azure.clear()


def test_an_untrusted_certificate_is_named(azure: AzureEmulator) -> None:
    with pytest.raises(SourceError) as told:
        resolve_cloud(AzureCloud(metadata_url=azure.metadata_url), None)
    assert "ca_bundle" in told.value.remedy


def test_an_answer_of_another_shape_is_named(azure: AzureEmulator) -> None:
    azure.fault(Fault("rewrite", edit=lambda _: [{"name": "x"}], times=None))
    try:
        with pytest.raises(SourceError, match="names no resource manager"):
            resolve_cloud(AzureCloud(metadata_url=azure.metadata_url), azure.ca_bundle)
    finally:
        azure.clear()
