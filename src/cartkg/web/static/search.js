// Suggests things while a search is typed; without it the form works as it is. Pattern: ARIA combobox with a listbox.
"use strict";

(function start() {
  const field = document.getElementById("find");
  if (!field) return;
  const list = document.createElement("ul");
  list.id = "found";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  field.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id], ["autocomplete", "off"]]) field.setAttribute(name, value);
  let waiting = 0;
  let running = null;
  let chosen = -1;

  function close() {
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(number) {
    const options = [...list.children];
    if (!options.length) return;
    chosen = (number + options.length) % options.length;
    options.forEach((option, each) => option.setAttribute("aria-selected", String(each === chosen)));
    field.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  }

  function show([, names, descriptions, addresses]) {
    const before = chosen < 0 ? null : list.children[chosen].dataset.path;
    list.replaceChildren(...names.map((name, number) => {
      const option = document.createElement("li");
      const said = document.createElement("span");
      option.id = `found-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.path = new URL(addresses[number]).pathname + new URL(addresses[number]).search + new URL(addresses[number]).hash;
      said.className = "quiet";
      said.textContent = descriptions[number];
      option.append(name, said);
      return option;
    }));
    chosen = -1;
    list.hidden = !names.length;
    field.setAttribute("aria-expanded", String(names.length > 0));
    // an answer that comes late does not take away what was chosen meanwhile
    const kept = [...list.children].findIndex((option) => option.dataset.path === before);
    if (kept >= 0) choose(kept);
    else field.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    if (running) running.abort();
    const text = field.value.trim();
    if (text.length < 2) return close();
    running = new AbortController();
    try {
      const response = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal: running.signal });
      if (response.ok) show(await response.json());
      else close();
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) location.href = list.children[chosen].dataset.path;
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("li");
    event.preventDefault();
    if (option) location.href = option.dataset.path;
  });
  field.addEventListener("blur", close);
})();
