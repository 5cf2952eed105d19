// Sends each edit to `cartkg curate` and shows the form as it is then. A field counts when it is left.
"use strict";

(function start() {
  const { body } = document;
  const parts = document.getElementById("parts");
  const said = document.getElementById("said");
  let version = Number(body.dataset.version);
  let queue = Promise.resolve();
  let refused = ""; // why the last edit was not made
  let changed = document.querySelector("[data-do=save]").disabled === false;

  async function send(what, asked) {
    const response = await fetch(`${body.dataset.address}${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ version, ...asked }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    return answer;
  }

  // Keeps what the reader has focused and half typed; parts whose text is the same are not touched.
  function show(answer) {
    const held = document.activeElement;
    const place = held && held.id;
    const typed = held && "value" in held && held.value !== held.defaultValue && held.tagName !== "SELECT" ? held.value : null;
    const fresh = document.createElement("div");
    fresh.innerHTML = answer.html;
    const before = new Map([...parts.children].map((each) => [each.id, each]));
    const wanted = [...fresh.children].map((part) => {
      const old = before.get(part.id);
      if (old && old.source === part.outerHTML) return old;
      part.source = part.outerHTML;
      return part;
    });
    for (const each of before.values()) if (!wanted.includes(each)) each.remove();
    wanted.forEach((part, place) => {
      if (parts.children[place] !== part) parts.insertBefore(part, parts.children[place] || null);
    });
    version = answer.version;
    changed = answer.changed;
    document.querySelector("[data-do=undo]").disabled = !answer.can_undo;
    document.querySelector("[data-do=save]").disabled = !changed;
    document.getElementById("saved").textContent = changed ? "not saved" : "saved";
    document.getElementById("counts").textContent = `${answer.unconfirmed} to confirm, ${answer.faults} problems`;
    const now = place && document.getElementById(place);
    if (!now || now === document.activeElement) return;
    if (typed !== null) now.value = typed;
    now.focus({ preventScroll: true });
  }

  function ask(what, asked, done) {
    queue = queue.then(() => send(what, asked())).then((answer) => {
      show(answer);
      said.textContent = refused && what === "save" ? `saved without your last edit: ${refused}` : done || "";
      said.className = refused && what === "save" ? "failed" : "";
      refused = "";
    }).catch((error) => {
      if (what === "edit") refused = error.message;
      said.textContent = error instanceof TypeError ? "cartkg curate does not answer; is it still running?" : error.message;
      said.className = "failed";
    });
    return queue;
  }

  const pathOf = (element) => JSON.parse(element.dataset.path);
  const rowOf = (element) => element && element.closest(".row-form[data-todo]");

  function step(by) {
    const rows = [...parts.querySelectorAll("[data-todo]")];
    if (!rows.length) {
      said.textContent = "nothing is left to confirm or correct";
      return;
    }
    const here = rows.indexOf(rowOf(document.activeElement));
    const next = rows[(here < 0 && by < 0 ? rows.length - 1 : here + by + rows.length) % rows.length];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  }

  function press(name) {
    const row = rowOf(document.activeElement);
    const button = row && row.querySelector(`:scope > h3 [data-do=${name}]`);
    if (button) button.click();
    else said.textContent = "go to a suggestion first";
  }

  function act(button) {
    const name = button.dataset.do;
    if (name === "next") step(1);
    else if (name === "save") ask("save", () => ({}), "saved");
    else if (name === "undo") ask("undo", () => ({}), "undone");
    else {
      const path = pathOf(button);
      ask("edit", () => ({ do: name, path }));
    }
  }

  // brings a further field into the form, and the reader into it
  function more(list) {
    const chosen = list.selectedOptions[0];
    const path = [...JSON.parse(list.dataset.more), chosen.value];
    const { do: name, place } = chosen.dataset;
    ask("edit", () => ({ do: name, path })).then(() => {
      const field = document.getElementById(place) || document.getElementById(`${place}-new`) || document.querySelector(`[id^="${place}-"]:is(input, select, textarea)`);
      if (field) field.focus();
    });
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-more]")) return more(event.target);
    const field = event.target.closest("[data-path]");
    if (!field || field.tagName === "BUTTON") return;
    const path = pathOf(field);
    const text = field.value;
    ask("edit", () => ({ do: "set", path, text }));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (button) act(button);
  });
  document.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    // on a Mac, Alt with a letter types another sign: the key says which letter it was
    const key = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace("Key", "").toLowerCase();
    const does = { j: () => step(1), k: () => step(-1), a: () => press("confirm"), d: () => press("remove"), z: () => act({ dataset: { do: "undo" } }) };
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key === "s") {
      event.preventDefault();
      if (document.activeElement && document.activeElement.blur) document.activeElement.blur();
      act({ dataset: { do: "save" } });
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && does[key]) {
      event.preventDefault();
      does[key]();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
})();
