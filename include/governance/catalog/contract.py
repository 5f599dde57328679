"""What publishing needs of a catalog. Each dialect implements `Catalog` and raises `RequestFailure`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from ..config.catalogs import CatalogSettings
from ..errors import CatalogError, CatalogUnavailable
from ..net.http import Traffic
from ..staging.plan import Change, Key


@dataclass(frozen=True)
class Capabilities:
    """What a dialect can do and where its limits are.

    Attributes:
        soft_delete: a deleted entity can still be read, as deleted, by its guid.
        purge: a deleted entity can be erased for good.
        business_metadata: stewards can fill in fields that entity requests never touch.
        largest_batch: most entities that one request may write.
        longest_url: most bytes of a request's query; an entity whose name does not fit cannot be looked up.
        erasure_setting: setting of the server with which a deleted relationship is erased; empty where there is none.
    """

    soft_delete: bool
    purge: bool
    business_metadata: bool
    largest_batch: int
    longest_url: int
    erasure_setting: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """One relationship as an entity shows it.

    Attributes:
        relationship_guid: of the relationship itself.
        guid: of the entity at the other end.
        is_active: the relationship is not deleted.
        is_target_active: the entity at the other end is not deleted.
    """

    relationship_guid: str
    guid: str
    is_active: bool
    is_target_active: bool


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity as the catalog has it.

    Attributes:
        attributes: every attribute that the catalog reports, by name.
        edges: by attribute, deleted ones too; only of the attributes that the model declares on this end.
        classifications: names of those on the entity itself, not of those propagated from another.
        business_metadata: group -> field -> value.
    """

    key: Key
    guid: str
    attributes: Mapping[str, Any]
    edges: Mapping[str, Sequence[Edge]] = field(default_factory=dict)
    classifications: Sequence[str] = ()
    business_metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Listed(NamedTuple):
    """One entity as the catalog lists it.

    Attributes:
        managed_by: the installation whose stamp it carries; None without one.
    """

    key: Key
    guid: str
    managed_by: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """One active relationship of an entity to an active one, of whatever type, whoever made it.

    Attributes:
        guid: of the relationship itself.
        relationship: name of its type.
        attribute: what the entity calls it.
        is_single: the entity can have only one.
        target: guid of the entity at the other end.
        target_name: what the catalog calls that entity.
    """

    guid: str
    relationship: str
    attribute: str
    is_single: bool
    target: str
    target_name: str = ""


@dataclass(frozen=True)
class Content:
    """All that one active entity carries, whoever wrote it.

    Attributes:
        attributes: those that hold something and are no relationships.
        created_ms: when the catalog created it, in milliseconds since 1970.
        classifications: name -> what the catalog takes to set it again; of those on the entity itself.
        business_metadata: group -> field -> value, of the fields that hold something.
        contacts: kind -> people with an `id`, where the catalog has contacts.
        links: its relationships, glossary terms among them.
    """

    entity: Entity
    attributes: Mapping[str, Any] = field(default_factory=dict)
    created_ms: int = 0
    classifications: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    business_metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    custom_attributes: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    links: Sequence[Link] = ()

    @property
    def guid(self) -> str:
        """Of the entity."""
        return self.entity.guid


@dataclass(frozen=True)
class Addition:
    """What one entity is to be given of another one's content; the fields are those of `Content`."""

    attributes: Mapping[str, Any] = field(default_factory=dict)
    classifications: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    business_metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    custom_attributes: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    links: Sequence[Link] = ()

    def __bool__(self) -> bool:
        texts = self.attributes or self.business_metadata or self.custom_attributes or self.contacts
        return bool(texts or self.classifications or self.labels or self.links)


class Written(NamedTuple):
    """One entity of a write request.

    Attributes:
        existed: the catalog had the entity before the request.
    """

    guid: str
    existed: bool


_AGAIN = "try again: a sync goes on where it stopped"


@dataclass(eq=False)
class RequestFailure(Exception):
    """A request that the catalog did not fulfil. Raised where the caller decides what follows.

    Attributes:
        message: one sentence for the run report.
        code: the catalog's own error code, empty without one. Only its dialect interprets it.
        status: HTTP status; 0 when no answer came.
        is_answer_lost: the catalog may have applied the request all the same.
        is_retriable: a later attempt may work.
        is_outage: the catalog as a whole cannot take writes now, whatever the payload.
        is_denied: the login or the permission was refused.
        is_untrusted: the certificate of the catalog is not trusted here; nothing was sent.
        is_server_error: the catalog reports a fault of its own.
        is_unknown_reference: the request refers to an entity that the catalog does not have.
        remedy: what to do, where the answer says more than its status.
    """

    message: str
    code: str = ""
    status: int = 0
    is_answer_lost: bool = False
    is_retriable: bool = False
    is_outage: bool = False
    is_denied: bool = False
    is_untrusted: bool = False
    is_server_error: bool = False
    is_unknown_reference: bool = False
    remedy: str = ""

    def __str__(self) -> str:
        return self.message

    @property
    def is_fatal(self) -> bool:
        """Whether no other request can succeed either."""
        return self.is_outage or self.is_denied

    def to_catalog_error(self, again: str = _AGAIN) -> CatalogError:
        """The error for whoever is on call: what happened, what to do, whether a later attempt can help.

        Args:
            again: how what was broken off goes on.
        """
        if self.remedy:
            return CatalogError(self.message, self.remedy)
        if self.is_denied:
            return CatalogError(
                f"the catalog refused the login or the permission: {self.message}",
                "Check the catalog's username and password, and that this user may create types and entities.",
            )
        if self.is_untrusted:
            return CatalogError(
                self.message,
                "Name the PEM file of its certificate authority in `ca_bundle` of the catalog, or in the extra of its "
                "connection.",
            )
        if self.is_retriable:
            return CatalogUnavailable(
                self.message,
                f"Check that the catalog is up and its address is right, then {again}.",
            )
        return CatalogError(self.message, "See the catalog's log for this request.")


_OTHER_NAME = " (its name is being restored)"


def other_name(qualified_name: str) -> str:
    """What an entity is called while its name is entered anew."""
    return qualified_name + _OTHER_NAME


def own_name(key: Key) -> Key:
    """The entity's own key, also where entering its name anew was interrupted."""
    return Key(key.type_name, key.qualified_name.removesuffix(_OTHER_NAME))


class WriteLease(Protocol):
    """The right to write into a catalog, while it is held."""

    def check(self) -> None:
        """Raises CatalogBusy when it was lost: nothing may be written after that."""


class Catalog(Protocol):
    """One open catalog.

    Requests raise RequestFailure, except where a method names CatalogError. A write whose answer is lost is sent again
    by the catalog where that does no harm; `write` is not, since it may create entities.
    """

    @property
    def settings(self) -> CatalogSettings:
        """How it is configured."""

    @property
    def capabilities(self) -> Capabilities:
        """What its product can do."""

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far."""

    def check(self) -> str:
        """Product, version and address of the server. Raises CatalogError or CatalogUnavailable with what is wrong."""

    def check_write(self) -> None:
        """Finds out whether this login may create entities, by a request that is refused for another reason.

        Nothing is written. Raises RequestFailure, `is_denied` where it may not; CatalogError where it was not refused.
        """

    def entity_types(self) -> set[str]:
        """Names of all entity types that the catalog knows."""

    def ensure_types(self) -> list[str]:
        """Creates or extends our type definitions.

        Returns:
            Names of the types created or extended; empty when the catalog had them all.

        Raises:
            CatalogError: the catalog holds something else under such a name; nothing is written.
        """

    def find(self, keys: Iterable[Key], *, relationships: bool = True) -> Iterator[Entity]:
        """The entities of those keys that exist and are not deleted; `relationships=False` leaves edges out."""

    def listed(self, type_name: str, managed_by: str | None) -> Iterator[Listed]:
        """The entities of that type that an installation manages and that are not deleted.

        By the catalog's search: what was written seconds ago may be lacking. Entities of one name are listed each.

        Args:
            managed_by: the installation; None for whoever manages them.
        """

    def get(self, guid: str) -> Entity:
        """One entity; also a deleted one, where the catalog keeps those."""

    def content(self, guid: str) -> Content | None:
        """All that one entity carries; None where it is not there, or deleted."""

    def write(self, changes: Sequence[Change]) -> dict[Key, Written]:
        """Creates or updates entities in one request: all of them or none.

        A created entity gets its references and classifications; of an existing one only attributes change.
        """

    def touch(self, key: Key, attributes: Mapping[str, Any]) -> None:
        """Creates or updates one entity that has attributes only."""

    def relate(self, relationship: str, end1: Key, end2: Key) -> None:
        """Creates the relationship; an active one may exist already."""

    def unrelate(self, relationship_guid: str) -> None:
        """Deletes the relationship, for good where the catalog allows that; it may be deleted already."""

    def retains(self, relationship_guid: str) -> bool:
        """Whether the catalog keeps a relationship that was deleted: its lineage then goes on showing it."""

    def classify(self, guid: str, name: str, attributes: Mapping[str, Any]) -> None:
        """Adds a classification, not propagated; the entity may have it already."""

    def declassify(self, guid: str, name: str) -> None:
        """Removes a classification; the entity may lack it already."""

    def add(self, to: Content, addition: Addition) -> None:
        """Gives one entity, found by its guid, what it lacks of another's content; doing it again does no harm.

        A catalog may leave out, without an error, what does not fit the entity's type: `content` shows what it kept.
        """

    def delete(self, guid: str) -> None:
        """Deletes one entity, softly where the catalog does; it may be deleted already."""

    def give_name(self, key: Key, guid: str) -> None:
        """Makes that entity the one that its qualified name finds.

        Catalogs index a qualified name once, for the last of the entities that were given it; once any of them is
        deleted the name finds none. Giving the entity another name and then its own again enters it anew. Where that is
        interrupted, it is left with the other name, which `own_name` knows.
        """

    def close(self) -> None:
        """Closes the connections."""
