(function () {
  "use strict";
  var root = document.documentElement;
  var host = null; // the page of Airflow around this one, when we may reach it
  try { if (window.parent !== window) host = window.parent.document; } catch (refused) { host = null; }

  if (host) {
    var follow = function () {
      var theme = host.documentElement.classList;
      root.dataset.theme = theme.contains("dark") ? "dark" : theme.contains("light") ? "light" : "";
    };
    follow();
    new MutationObserver(follow).observe(host.documentElement, { attributeFilter: ["class"] });
  }

  // Airflow's sandboxed frame lets no link open a window; a link of the page around it may
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[target=_blank]");
    if (!host || !link || !/^https?:$/.test(link.protocol)) return;
    try {
      var twin = host.createElement("a");
      twin.href = link.href;
      twin.target = "_blank";
      twin.rel = "noopener noreferrer";
      host.body.appendChild(twin);
      twin.click();
      twin.remove();
      event.preventDefault();
    } catch (refused) { /* the browser follows the link as it would without us */ }
  });

  // a link to a folded part unfolds it
  var unfold = function () {
    var part = document.getElementById(location.hash.slice(1));
    if (part && part.tagName === "DETAILS") part.open = true;
  };
  window.addEventListener("hashchange", unfold);
  unfold();

  // on paper everything is unfolded
  var folded = [];
  window.addEventListener("beforeprint", function () {
    folded = Array.from(document.querySelectorAll("details:not([open])"));
    folded.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (part) { part.open = false; });
  });

  document.querySelectorAll("input[data-rows]").forEach(function (input) {
    var rows = Array.from(document.getElementById(input.dataset.rows).rows);
    var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
    var said = input.parentNode.querySelector("output");
    var apply = function () {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      var shown = 0;
      rows.forEach(function (row, index) {
        row.hidden = !words.every(function (word) { return texts[index].includes(word); });
        if (!row.hidden) shown += 1;
      });
      said.textContent = words.length ? shown + " of " + rows.length : "";
    };
    input.addEventListener("input", apply);
    input.parentNode.hidden = false;
    apply();
  });
})();
