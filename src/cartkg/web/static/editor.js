// Puts the richer editor in the place of the plain form, with the stored questions as a list to start from.
"use strict";

(async function start() {
  const place = document.getElementById("rich");
  const plain = document.getElementById("plain");
  const field = document.getElementById("query");
  if (!place || !field || typeof Yasgui === "undefined") return;
  const response = await fetch(place.dataset.examples);
  const examples = response.ok ? await response.json() : [];
  const endpoint = new URL(place.dataset.endpoint, location.href).href;
  place.hidden = false;
  Yasgui.Yasqe.defaults.value = field.value;
  const editor = new Yasgui(place, {
    requestConfig: { endpoint, method: "GET" },
    copyEndpointOnNewTab: true,
    // two sites of one host, below different prefixes, share the browser's store
    persistenceId: `cartkg${place.dataset.root}`,
    populateFromUrl: false,
    endpointCatalogueOptions: { getData: () => [{ endpoint }] },
  });

  function open(name, query) {
    const known = Object.values(editor._tabs).find((tab) => tab.getQuery() === query);
    if (known) editor.selectTabId(known.getId());
    else editor.addTab(true, { name }).setQuery(query);
  }

  if (place.dataset.name) open(place.dataset.name, field.value);
  const list = document.createElement("select");
  list.id = "stored";
  list.append(new Option("choose one", ""), ...examples.map((example) => new Option(example.title, example.name)));
  list.addEventListener("change", () => {
    const chosen = examples.find((example) => example.name === list.value);
    if (chosen) open(chosen.name, chosen.query);
  });
  const label = document.createElement("label");
  label.htmlFor = list.id;
  label.textContent = "Stored question";
  const row = document.createElement("p");
  row.className = "row";
  row.append(label, list);
  place.before(row);
  plain.hidden = true;
})();
