"""The report page as on-call sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from include.governance.reports.run import page as report_page
from include.governance.reports.run.document import Document
from tests.support.samples import sampled
from tests.unit.reports import shapes
from tests.unit.reports.shapes import ENTITY_MAPPINGS

from .conftest import Look

pytestmark = pytest.mark.browser

Looker = Callable[..., Look]

LEVELS = {"ok": "OK", "findings": "Critical findings", "attention": "Needs attention", "failed": "Failed"}
PARTS = ("sources", "changes", "findings", "records", "kept-out", "catalog", "time", "run")
PARTS_OF_RECONCILING = ("differences", "changes", "catalog", "time", "run")


@pytest.mark.parametrize("width", sampled([375, 1280], 375))
@pytest.mark.parametrize("shape", ENTITY_MAPPINGS)
def test_every_way_a_run_can_end_shows_on_a_screen_of_any_size(look: Looker, shape: str, width: int) -> None:
    document = ENTITY_MAPPINGS[shape]()
    seen = look(document, width)
    assert seen.page.locator("h1").inner_text() == document.headline.sentence
    assert seen.page.locator(".level").inner_text() == LEVELS[document.headline.level]
    for part in PARTS_OF_RECONCILING if document.reconciled else PARTS:
        assert seen.page.locator(f"#{part} h2").is_visible(), part
    assert seen.overflow() <= 0
    seen.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert seen.overflow() <= 0
    seen.assert_calm()


def test_tells_what_to_do_under_each_problem(look: Looker) -> None:
    document = shapes.partial()
    seen = look(document)
    shown = seen.page.locator(".headline").inner_text()
    for problem in document.headline.problems:
        assert problem.sentence.removesuffix(".") in shown
        assert problem.remedy in shown


def test_empty_parts_say_so_in_words(look: Looker) -> None:
    text = look(shapes.quiet()).page.locator("main").inner_text()
    for sentence in (
        "No changes: the catalog is already up to date.",
        "No findings.",
        "No governed records: no model is in production.",
        "No runs were held back.",
        "No secrets were found.",
        "Nothing was sent: nothing had changed.",
    ):
        assert sentence in text
    text = look(shapes.never_began()).page.locator("main").inner_text()
    for sentence in (
        "No plan was made.",
        "Nothing was judged in this run.",
        "The run broke off before publishing: nothing was written.",
        "No stage was begun.",
    ):
        assert sentence in text


def test_shows_before_and_after_of_each_attribute(look: Looker) -> None:
    seen = look(shapes.ok())
    row = seen.page.locator("#changes details[open] tbody tr")
    assert row.locator("del").inner_text() == "Forest."
    assert row.locator("td").nth(1).inner_text() == "Forest approved by the fraud board."


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_plan_shows_every_decision_with_its_reason(look: Looker, scheme: str) -> None:
    document = shapes.planned()
    part = look(document, 1280, scheme).page.locator("#changes")
    assert "5 entities, 120 unchanged, 1 held back, 1 refused" in part.locator("h2").inner_text()
    part.locator("details").evaluate_all("parts => parts.forEach(part => { part.open = true; })")
    assert part.locator(".reason").all_inner_texts() == [
        f"Why\n{change.reason}" for change in sorted(document.changes.shown, key=lambda one: one.action == "create")
    ]
    rows = part.locator("#omitted-table tbody tr")
    assert [[cell.strip() for cell in row.split("\t")[2:]] for row in rows.all_inner_texts()] == [
        [str(one.kind), one.reason] for one in document.changes.omitted
    ]


def test_what_both_sides_changed_shows_both_values_and_which_stays(look: Looker) -> None:
    rows = look(shapes.edited()).page.locator("#edited-table tbody tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["fraud", "description", "Forest.", "The board's forest.", "Forest, retrained.", "the catalog's"],
        ["fraud", "owner", "nothing", "bo", "ana", "the source's"],
    ]


def test_a_large_run_is_cut_and_says_so(look: Looker) -> None:
    page = look(shapes.large()).page
    assert "200 of 15,000 shown" in page.locator("#changes").inner_text()
    assert "… and 30 more in report.json." in page.locator("#findings").inner_text()
    assert "… and 120 more in report.json." in page.locator("#records").inner_text()
    assert "… and 30 more in report.json." in page.locator("#quarantine").inner_text()
    assert page.locator("#records-table tbody tr").count() == 500
    assert page.locator("#findings details").first.locator("div.finding").count() == 100


def test_complete_containers_are_folded_and_incomplete_ones_open(look: Looker) -> None:
    page = look(shapes.azure()).page
    card = page.locator("#sources .card").nth(1)
    opened = card.locator("details[open]")
    assert opened.count() == 2
    assert "ws-lab" in opened.first.inner_text()
    assert "Give the identity the role" in opened.nth(1).inner_text()
    folded = card.locator("details").last
    assert "3 containers" in folded.locator("summary").inner_text()
    assert not folded.locator("table").is_visible()
    folded.locator("summary").click()
    assert "ws-growth" in folded.inner_text()
    assert "10,911 reads left" in card.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_access_shows_the_widest_rights_first(look: Looker, scheme: str) -> None:
    page = look(shapes.azure(), 375, scheme).page
    rows = page.locator("#access tbody tr")
    assert [row.split("\n")[0] for row in rows.locator("th").all_inner_texts()] == [
        "refund-desk",
        "credit-api",
        "score-batch",
    ]
    first = rows.first.inner_text()
    for shown in (
        "access.broad",
        "the identity of project desk",
        "Contributor on subscription",
        "and 5 more",
        "crm-key",
    ):
        assert shown in first
    assert "could not be read" in rows.last.inner_text()
    assert page.locator("#access a").count() == 2
    assert "17" in page.locator("#kept-out").inner_text()


def test_without_endpoints_and_agents_there_is_no_access(look: Looker) -> None:
    assert look(shapes.ok()).page.locator("#access").count() == 0


HOSTILE = (
    "<script>window.pwned=1;alert(1)</script>",
    '"><img src=x onerror="window.pwned=1;alert(2)">',
    "'><svg onload=alert(3)>",
    "{{7*7}}",
    "${7*7}{% raw %}",
    "</style></title><script>alert(4)</script>",
    "javascript:alert(5)",
    "&lt;b&gt;",
)


def _poisoned_document(poison: str) -> Document:
    return Document.from_json(_poisoned(shapes.everything_wrong().as_json(), poison))


def _poisoned(value: Any, poison: str, key: str = "") -> Any:
    """Every text that a source could have written, replaced; keys, ids of states and the run's own words kept."""
    ours = {"state", "verdict", "severity", "action", "mode", "level", "started_at", "finished_at", "read_at"}
    if isinstance(value, dict):
        kept = ours | ({"before", "after"} if "qualified_name" in value else set())  # verdicts of a record
        return {name: item if name in kept else _poisoned(item, poison, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_poisoned(item, poison, key) for item in value]
    return poison if isinstance(value, str) else value


@pytest.mark.parametrize("poison", sampled(HOSTILE, *HOSTILE[:4]))
def test_text_of_a_source_is_only_ever_text(look: Looker, poison: str) -> None:
    seen = look(_poisoned_document(poison))
    page = seen.page
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    page.wait_for_timeout(50)
    seen.assert_calm()
    assert poison in page.locator("h1").inner_text()
    assert poison in page.locator("#sources").inner_text()
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, object, embed, form, base").count() == 0
    hrefs = page.eval_on_selector_all("a", "links => links.map(link => link.getAttribute('href'))")
    assert all(href.startswith("#") for href in hrefs)
    assert page.evaluate(
        "[...document.querySelectorAll('*')].every(e => ![...e.attributes].some(a => /^on/.test(a.name)))"
    )


def test_the_policy_stops_a_script_even_if_one_got_in(look: Looker) -> None:
    page = look(shapes.ok()).page
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 1';"
        " document.body.append(s); }"
    )
    assert page.evaluate("window.pwned") is None


def test_direction_and_control_characters_are_shown_as_their_code(look: Looker) -> None:
    name = "invoice\u202egpj.exe\x07\x1b[31m"
    document = shapes.document(records=[shapes.record(name)])
    seen = look(document)
    cell = seen.page.locator("#records-table tbody th")
    assert cell.inner_text() == "invoice[U+202E]gpj.exe[U+0007][U+001B][31m"
    assert cell.locator("bdi").count() == 1


@pytest.mark.parametrize("width", [375, 1280])
def test_very_long_names_break_nothing(look: Looker, width: int) -> None:
    long = "x" * 5000
    seen = look(_poisoned_document(long), width)
    seen.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert seen.overflow() <= 0
    widest = seen.page.eval_on_selector_all("td, th", "cells => Math.max(...cells.map(cell => cell.offsetWidth))")
    assert widest < 1280


def test_links_lead_into_atlas(look: Looker) -> None:
    page = look(shapes.ok()).page
    hrefs = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    outside = [href for href in hrefs if not href.startswith("#")]
    assert f"{shapes.ATLAS}/index.html#!/detailPage/card-fraud-detector?tabActive=lineage" in outside
    assert all(href.startswith((shapes.ATLAS, "https://mlflow.example")) for href in outside)
    assert page.locator(".top a").get_attribute("href") == shapes.ATLAS


def test_every_jump_link_has_its_part(look: Looker) -> None:
    for shape in ENTITY_MAPPINGS.values():
        page = look(shape()).page
        assert page.evaluate(
            "[...document.querySelectorAll('nav a, .skip')].every(a => document.querySelector(a.getAttribute('href')))"
        )


def test_the_filter_narrows_the_records(look: Looker) -> None:
    page = look(shapes.ok()).page
    rows = page.locator("#records-table tbody tr:visible")
    assert rows.count() == 2
    page.get_by_label("Filter records").fill("Fraud AUDITABLE analytics")
    assert rows.count() == 1
    assert page.locator("#filter-count").inner_text() == "1 of 2 records shown here"
    page.get_by_label("Filter records").fill("no such thing")
    assert rows.count() == 0
    page.get_by_label("Filter records").fill("")
    assert rows.count() == 2


def test_is_complete_without_scripts(look: Looker) -> None:
    page = look(shapes.ok(), scripts=False).page
    assert page.locator("#records-table tbody tr").count() == 2
    assert not page.locator("#filter").is_visible()
    page.locator("#findings summary").nth(1).click()
    assert page.locator("#findings details").nth(1).locator(".finding").first.is_visible()


def test_printing_unfolds_everything(look: Looker) -> None:
    page = look(shapes.ok()).page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0


# WCAG 2: the ratio of the relative luminances of each visible text and the nearest painted ground behind it
_CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const c = rgba(getComputedStyle(node).backgroundColor);
      if (c[3] > 250) return c;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.getClientRects().length) continue;
    const [a, b] = [light(rgba(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio >= 4.5) continue;
    poor.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)} ${node.textContent.slice(0, 30)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shape", sampled(["ok", "partial", "refused", "catalog_failed", "large"], "ok", "large"))
def test_text_stands_out_in_both_schemes(look: Looker, shape: str, scheme: str) -> None:
    page = look(ENTITY_MAPPINGS[shape](), scheme=scheme).page
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 18, 23)"
    assert dark == (scheme == "dark")
    assert page.evaluate(_CONTRASTS) == []


def test_tables_are_named_and_their_heads_scoped(look: Looker) -> None:
    page = look(shapes.refused()).page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == page.locator("main").count() == page.locator("nav").count() == 1
    assert page.locator("th:not([scope])").count() == 0
    assert page.evaluate(
        "[...document.querySelectorAll('section')]"
        ".every(part => document.getElementById(part.getAttribute('aria-labelledby')))"
    )
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


HOST = """<!doctype html><html class="{scheme}"><body><iframe id="frame" style="width:100%;height:800px"
 sandbox="allow-scripts allow-same-origin allow-forms allow-downloads" src="/report"></iframe></body></html>"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_inside_airflow_it_follows_its_scheme_and_its_links_open(chromium: Browser, scheme: str) -> None:
    """The sandbox of Airflow's frame blocks new windows: the click must come from the page around it."""
    pages = {"/": HOST.format(scheme=scheme), "/report": report_page.render(shapes.ok())}
    other = "light" if scheme == "dark" else "dark"
    context = chromium.new_context(color_scheme=other)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    opened: list[str] = []

    def answer(route: Any, request: Any) -> None:
        if request.url.startswith("http://airflow.example"):
            path = request.url.removeprefix("http://airflow.example")
            route.fulfill(body=pages.get(path, ""), content_type="text/html; charset=utf-8")
        else:
            opened.append(request.url)
            route.fulfill(body="Atlas", content_type="text/html")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto("http://airflow.example/")
    frame = page.frame_locator("#frame")
    frame.locator("h1").wait_for()
    inner = next(frame for frame in page.frames if frame.url.endswith("/report"))
    ground = "getComputedStyle(document.body).backgroundColor"
    dark, light = "rgb(14, 18, 23)", "rgb(246, 247, 249)"
    assert inner.evaluate(ground) == (dark if scheme == "dark" else light)
    page.evaluate(f"document.documentElement.className = '{other}'")
    inner.wait_for_function(f"{ground} === '{dark if other == 'dark' else light}'")
    with context.expect_page() as popup:
        frame.locator("#records-table a").first.click()
    popup.value.wait_for_load_state()
    assert popup.value.url.startswith(f"{shapes.ATLAS}/index.html#!/detailPage/credit-limit-advisor")
    assert inner.url == "http://airflow.example/report"
    frame.locator("nav a[href='#records']").click()
    assert inner.evaluate("location.hash") == "#records"
    assert opened
    context.close()


def test_the_page_holds_no_address_to_load_from() -> None:
    text = report_page.render(shapes.large())
    assert "@import" not in text
    assert "url(" not in text
    assert "src=" not in text


def test_shows_what_changed_since_the_last_run_first(look: Looker) -> None:
    page = look(shapes.worse()).page
    assert page.locator("section").first.get_attribute("id") == "since-last"
    changed = page.locator("#since-last").inner_text()
    for shown in ("sync-20260301T020000Z-1c3d", "Nobody owns credit-limit-advisor v2.", "new record", "merchant-risk"):
        assert shown in changed
    assert "No finding came or went" in look(shapes.unchanged()).page.locator("#since-last").inner_text()
    assert look(shapes.ok()).page.locator("#since-last").count() == 0


def test_listings_with_one_cause_are_one_row_and_a_known_gap_says_so(look: Looker) -> None:
    page = look(shapes.known_gap()).page
    card = page.locator("#sources .card").first
    row = card.locator("tbody tr").first
    assert row.locator("th").inner_text() == "3 collections"
    assert "accepted" in row.inner_text()
    why = card.locator("tr.why").first.inner_text()
    assert "accepted until 2026-12-31 by Tom Becker" in why
    assert "What to do" not in why
    assert "model versions" in why
    other = page.locator("#sources .card").nth(1).inner_text()
    assert "No longer a known gap" in other
    assert "What to do" in other


def test_findings_are_filtered_by_severity_rule_name_and_owner(look: Looker) -> None:
    page = look(shapes.everything_wrong()).page
    rules = page.locator("#findings .card > details")
    shown = page.locator("#findings .finding[data-finding]:not([hidden])")
    everything = shown.count()
    page.fill("#findings-filter", "warning merchant")
    assert 0 < shown.count() < everything
    assert f"{shown.count()} of {everything} findings shown here" == page.locator("#findings-filter-count").inner_text()
    assert [rule for rule in rules.all() if rule.is_visible() and "critical" in rule.inner_text()] == []
    page.fill("#findings-filter", "")
    assert shown.count() == everything
