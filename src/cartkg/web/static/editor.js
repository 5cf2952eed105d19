// Puts the richer editor in the place of the plain form, with the stored questions as a list to start from.
"use strict";

(async function start() {
  const place = document.getElementById("rich");
  const plain = document.getElementById("plain");
  const field = document.getElementById("query");
  if (!place || !field || typeof Yasgui === "undefined") return;
  const response = await fetch(place.dataset.examples);
  const examples = response.ok ? await response.json() : [];
  place.hidden = false;
  const editor = new Yasgui(place, {
    requestConfig: { endpoint: new URL(place.dataset.endpoint, location.href).href, method: "GET" },
    copyEndpointOnNewTab: false,
    persistenceId: "cartkg",
    populateFromUrl: false,
    endpointCatalogueOptions: { getData: () => [{ endpoint: new URL(place.dataset.endpoint, location.href).href }] },
  });
  const asked = examples.find((example) => example.name === place.dataset.name);
  const tab = editor.addTab(true, { name: asked ? asked.name : "query" });
  tab.setQuery(field.value);
  const list = document.createElement("select");
  list.id = "stored";
  list.append(new Option("choose one", ""), ...examples.map((example) => new Option(example.title, example.name)));
  list.addEventListener("change", () => {
    const chosen = examples.find((example) => example.name === list.value);
    if (chosen) editor.addTab(true, { name: chosen.name }).setQuery(chosen.query);
  });
  const label = document.createElement("label");
  label.htmlFor = list.id;
  label.textContent = "Stored question ";
  const row = document.createElement("p");
  row.className = "row";
  row.append(label, list);
  place.before(row);
  plain.hidden = true;
})();
