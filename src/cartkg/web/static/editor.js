// Puts the richer editor in the place of the text field: colours, faults as they are typed, and completion of prefixes,
// variables, classes, properties and things by their names. The form sends the query as it does without scripts.
"use strict";

function enrich(field) {
  const TYPES = ["a", "rdf:type", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"];
  const LEXEME = /#[^\n]*|"""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^\s<>"{}|^`\\]*>|[?$]\w+|\^\^|@[\w-]+|(?:[A-Za-z_][\w.-]*)?:(?:[\w%-]|\\.|\.(?=[\w-]))*|\w[\w-]*|[^\s]/g;
  const MOST = 60;
  let known = { prefixes: {}, terms: [] };
  let running = null;

  // What may stand where the cursor is: reads the query once, without a grammar, so that it works while it is unfinished.
  function context(text, at) {
    const types = new Map();
    const values = [];
    const below = [];
    let frame = { place: "none" };
    let listed = false;
    let found = null;
    let number = 0;
    const note = (word, begin) => { found = { ...frame, word, begin, type: TYPES.includes(frame.predicate) }; };
    const add = (map, key, value) => map.set(key, [...(map.get(key) || []), value]);

    function term(lexeme) {
      if (frame.place === "subject") Object.assign(frame, { subject: lexeme, predicate: "", place: "property" });
      else if (frame.place === "property") Object.assign(frame, { predicate: lexeme, place: "object" });
      else if (frame.place === "object" && TYPES.includes(frame.predicate)) add(types, frame.subject, lexeme);
      else if (frame.place === "object") values.push([frame.predicate, lexeme]);
    }

    for (const { 0: lexeme, index } of text.matchAll(LEXEME)) {
      const end = index + lexeme.length;
      if (!found && index >= at) note("", at);
      else if (!found && index < at && at <= end && /^[\w:?$<]/.test(lexeme)) note(text.slice(index, at), index);
      if (lexeme[0] === "#" || lexeme[0] === "@" || lexeme === "^^") continue;
      if (lexeme === "{") {
        below.push(frame);
        frame = { place: listed ? "any" : "subject" };
        listed = false;
      } else if (lexeme === "(") {
        below.push(frame);
        frame = { ...frame, place: frame.place === "property" ? "property" : "any" };
      } else if (lexeme === "[") {
        below.push(frame);
        frame = { subject: `[${number++}`, predicate: "", place: "property" };
      } else if (lexeme === "}") {
        frame = below.pop() || { place: "none" };
        if (frame.place !== "none") frame.place = "subject";
      } else if (lexeme === ")") {
        frame = below.pop() || { place: "none" };
        if (frame.place === "property") frame.place = "object";
      } else if (lexeme === "]") {
        frame = below.pop() || { place: "none" };
        term("[]");
      } else if (frame.place === "none" || frame.place === "any") {
        if (/^values$/i.test(lexeme)) listed = true;
      } else if (lexeme === ".") frame.place = "subject";
      else if (lexeme === ";") frame.place = "property";
      else if (lexeme === ",") frame.place = "object";
      else if ((lexeme === "/" || lexeme === "|") && frame.place === "object") frame.place = "property";
      else if (/^values$/i.test(lexeme)) listed = true;
      else if (/^[?$<"':]|:/.test(lexeme) || lexeme === "a" || /^\d/.test(lexeme)) term(lexeme);
    }
    if (!found) note("", at);
    return { ...found, types, values };
  }

  function classesOf(subject, { types, values }) {
    if (types.has(subject)) return types.get(subject);
    const predicates = new Set(values.filter(([, value]) => value === subject).map(([predicate]) => predicate));
    return known.terms.filter((term) => predicates.has(term.name)).flatMap((term) => term.targets || []);
  }

  // 0: the name or a word of the label begins with it; 1: one of them has it inside; -1: neither.
  function fit(term, word) {
    const [name, label, sought] = [term.name.toLowerCase(), (term.label || "").toLowerCase(), word.toLowerCase()];
    if (name.startsWith(sought) || name.split(":")[1]?.startsWith(sought) || ` ${label}`.includes(` ${sought}`)) return 0;
    const [prefix, rest] = sought.includes(":") ? sought.split(":") : ["", sought];
    if (prefix && !name.startsWith(`${prefix}:`)) return -1;
    return name.includes(rest) || label.includes(rest) ? 1 : -1;
  }

  function terms(kind, word, classes) {
    const usual = (term) => (classes.length && (term.classes || []).some((one) => classes.includes(one)) ? 0 : 1);
    return known.terms
      .filter((term) => term.kind === kind && fit(term, word) >= 0)
      .map((term) => ({ term, order: [usual(term), fit(term, word), -(term.uses || 0)] }))
      .sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1] || a.order[2] - b.order[2])
      .slice(0, MOST)
      .map(({ term }) => ({ text: term.name, label: term.label, said: [counted(term), term.meaning].filter(Boolean).join(" · ") }));
  }

  const counted = (term) => (term.uses ? `${term.uses.toLocaleString("en")} ${term.kind === "class" ? "things" : "statements"}` : "");

  function shortened(iri) {
    const fitting = Object.entries(known.prefixes).filter(([, space]) => iri.startsWith(space));
    const [prefix, space] = fitting.sort((a, b) => b[1].length - a[1].length)[0] || ["", ""];
    const rest = iri.slice(space.length);
    return space && /^\w(?:[\w.-]*[\w-])?$/.test(rest) ? `${prefix}:${rest}` : `<${iri}>`;
  }

  async function things(word) {
    const sought = word.includes(":") ? word.slice(word.indexOf(":") + 1) : word;
    if (running) running.abort();
    if (sought.length < 2 || word[0] === "<") return [];
    running = new AbortController();
    try {
      const response = await fetch(`${field.dataset.things}?prefix=${encodeURIComponent(sought)}`, { signal: running.signal });
      const found = response.ok ? (await response.json()).result : [];
      return found.map((thing) => ({ text: shortened(thing.id), label: thing.name, said: thing.description }));
    } catch {
      return []; // a later letter asks again
    }
  }

  function variables(word, text) {
    const names = new Set(text.match(/[?$]\w+/g));
    return [...names].filter((name) => name !== word && name.startsWith(word)).sort().map((text) => ({ text }));
  }

  function declarations(word) {
    return Object.entries(known.prefixes).filter(([prefix]) => prefix.startsWith(word.replace(":", "")))
      .map(([prefix, space]) => ({ text: `${prefix}: <${space}>`, whole: true }));
  }

  async function offers(yasqe) {
    const text = yasqe.getValue();
    const declared = /^\s*PREFIX\s+([\w.-]*:?)$/i.exec(yasqe.getLine(yasqe.getCursor().line).slice(0, yasqe.getCursor().ch));
    if (declared) return declarations(declared[1]);
    const now = context(text, yasqe.indexFromPos(yasqe.getCursor()));
    if ("?$".includes(now.word[0] || " ")) return variables(now.word, text);
    if (now.place === "property") return terms("property", now.word, classesOf(now.subject, now));
    if (now.place === "object" && now.type) return terms("class", now.word, []);
    if (now.place === "any") return [...terms("class", now.word, []).slice(0, 10), ...(await things(now.word))];
    return now.place === "none" ? [] : things(now.word);
  }

  // Names of a prefix that the query does not declare bring its declaration along.
  function declare(yasqe, name) {
    const prefix = /^([\w.-]+):/.exec(name)?.[1];
    if (!prefix || !(prefix in known.prefixes) || prefix in yasqe.getPrefixesFromQuery()) return;
    yasqe.addPrefixes({ [prefix]: known.prefixes[prefix] });
  }

  function drawn(place, _, hint) {
    const name = document.createElement("span");
    name.textContent = hint.offer.label || hint.offer.text;
    place.append(name);
    for (const more of [hint.offer.label ? hint.offer.text : "", hint.offer.said]) {
      if (!more) continue;
      const said = document.createElement("span");
      said.className = "quiet";
      said.textContent = more;
      place.append(said);
    }
  }

  Yasqe.registerAutocompleter({
    name: "cartkg",
    bulk: false,
    autoShow: true, // silences a note that comes and goes while one types; see `autocomplete` below
    isValidCompletionPosition: () => true,
    preProcessToken(yasqe) {
      const cursor = yasqe.getCursor();
      const line = yasqe.getLine(cursor.line).slice(0, cursor.ch);
      const word = (/^\s*PREFIX\s+(.*)$/i.exec(line) || /([\w:?$<.%-]*)$/.exec(line))[1];
      return { string: word, from: { ch: cursor.ch - word.length }, to: { ch: cursor.ch } };
    },
    get: offers,
    postprocessHints: (_, hints) => hints.map((hint) => ({
      ...hint,
      offer: hint.text,
      text: hint.text.text,
      displayText: hint.text.text,
      render: drawn,
      hint(shown, __, chosen) {
        shown.replaceRange(chosen.text, chosen.from, chosen.to, "complete");
        if (!chosen.offer.whole) declare(editor, chosen.text);
      },
    })),
  }, false);

  const place = document.createElement("div");
  place.id = "rich";
  field.before(place);
  const label = document.querySelector("label[for=query]");
  const editor = new Yasqe(place, {
    value: field.value,
    autocompleters: ["cartkg"],
    persistenceId: null,
    consumeShareLink: null,
    createShareableLink: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "",
    inputStyle: "contenteditable",
    viewportMargin: Infinity,
    screenReaderLabel: label.textContent,
    extraKeys: {
      // Tab moves on, as in every field: nobody is caught in the editor
      Tab: false,
      "Shift-Tab": false,
      "Ctrl-Enter": () => field.form.requestSubmit(),
      "Cmd-Enter": () => field.form.requestSubmit(),
      "Ctrl-Space": () => complete(),
    },
  });
  const complete = () => editor.autocompleters.cartkg.autocomplete(false);
  editor.autocomplete = () => {}; // the list opens for what is typed, not for each move of the cursor
  editor.on("inputRead", (_, change) => {
    const cursor = editor.getCursor();
    const before = editor.getLine(cursor.line).slice(0, cursor.ch);
    if (change.text.join("") === ":" && !/PREFIX\s+\S*$/i.test(before)) declare(editor, /[\w.-]*:$/.exec(before)[0]);
    if (!editor.state.completionActive && /[\w:?$-]{2,}$/.test(before)) complete();
  });
  editor.on("change", () => { field.value = editor.getValue(); });
  label.htmlFor = "";
  label.addEventListener("click", () => editor.focus());
  field.hidden = true;
  field.required = false;
  if (field.dataset.line) {
    const line = Number(field.dataset.line) - 1;
    editor.addLineClass(line, "background", "faulty");
    editor.setCursor(line, Math.max(0, Number(field.dataset.column || 1) - 1));
    editor.on("change", () => editor.removeLineClass(line, "background", "faulty"));
  }
  const help = document.createElement("p");
  help.className = "quiet";
  help.textContent = "Classes, properties, diseases and all other things complete by name while you type; Ctrl-Space opens the list, Ctrl-Enter runs the query.";
  place.after(help);
  fetch(field.dataset.terms).then((response) => (response.ok ? response.json() : known)).then((found) => { known = found; });
}

// The editor is large: the page is there and can be used before it comes.
addEventListener("load", () => {
  const field = document.getElementById("query");
  if (!field?.dataset.static) return;
  for (const name of ["vendor/yasqe/yasqe.min.css", "editor.css"]) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: field.dataset.static + name }));
  }
  const script = Object.assign(document.createElement("script"), { src: `${field.dataset.static}vendor/yasqe/yasqe.min.js` });
  script.addEventListener("load", () => enrich(field));
  setTimeout(() => document.head.append(script));
});
