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
    const box = document.getElementById("filter");
    if (!box) return;
    const rows = [...document.querySelectorAll("#records-table tbody tr")];
    const status = document.getElementById("filter-count");
    box.closest("[hidden]").hidden = false;
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      status.textContent = words.length ? `${shown} of ${rows.length} records` : "";
    });
  });
})();
