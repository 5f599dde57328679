(() => {
  const root = document.documentElement;
  const framed = window !== window.parent;

  // Airflow's own dark switch, inside its frame
  try {
    if (framed) {
      const host = window.parent.document.documentElement;
      const follow = () => {
        const dark = host.classList.contains("dark");
        root.classList.toggle("dark", dark);
        root.classList.toggle("light", !dark);
      };
      follow();
      new MutationObserver(follow).observe(host, { attributes: true, attributeFilter: ["class"] });
      root.classList.add("framed");
    }
  } catch { /* another origin: the system's colour scheme holds */ }

  // Airflow's frame is sandboxed and blocks new windows, so the link is clicked in the page around it
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!framed || !link || link.getAttribute("href").startsWith("#")) return;
    try {
      const outer = window.parent.document.createElement("a");
      outer.href = link.href;
      outer.target = "_blank";
      outer.rel = "noopener noreferrer";
      window.parent.document.body.append(outer);
      outer.click();
      outer.remove();
      event.preventDefault();
    } catch { /* another origin: normal navigation */ }
  });

  // a link to a folded part unfolds it
  const unfold = () => {
    const part = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (part && part.tagName === "DETAILS") part.open = true;
  };
  addEventListener("hashchange", unfold);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
  document.addEventListener("DOMContentLoaded", () => {
    unfold();
    filter("filter", "#records-table tbody tr", "records", (row) => row.textContent);
    filter("findings-filter", "#findings details > .finding[data-finding]", "findings", (item) => {
      const rule = item.closest("details").querySelector("summary");
      return `${item.textContent} ${rule.textContent}`;
    }, (items, words) => {
      for (const rule of new Set(items.map((item) => item.closest("details")))) {
        const open = [...rule.querySelectorAll(".finding[data-finding]")].some((item) => !item.hidden);
        rule.hidden = !open;
        if (words.length && open) rule.open = true;
      }
    });
  });

  // a row is shown when it has every word; shown: is called with all rows and the words
  const filter = (id, rowsAt, noun, textOf, shown = () => {}) => {
    const box = document.getElementById(id);
    if (!box) return;
    const rows = [...document.querySelectorAll(rowsAt)];
    const status = document.getElementById(`${id}-count`);
    box.closest("[hidden]").hidden = false;
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const text = textOf(row).toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
      const left = rows.filter((row) => !row.hidden).length;
      status.textContent = words.length ? `${left} of ${rows.length} ${noun} shown here` : "";
      shown(rows, words);
    });
  };
})();
