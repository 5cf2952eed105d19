const [url, task, query] = process.argv.slice(2);
async function ask(accept) {
  const answer = await fetch(url, { method: "POST", headers: { Accept: accept }, body: new URLSearchParams({ query }) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.text();
}
if (task === "construct") {
  const { Parser, Writer } = await import("n3");
  console.log(new Writer({ format: "N-Triples" }).quadsToString(new Parser().parse(await ask("text/turtle"))));
} else if (task === "ask") {
  console.log((await ask("text/csv")).trim());
} else {
  // snippet
  const answer = await fetch(url, {
    method: "POST",
    headers: { Accept: "application/sparql-results+json" },
    body: new URLSearchParams({ query }),
  });
  if (!answer.ok) throw new Error(await answer.text()); // the reason, with line and column
  for (const row of (await answer.json()).results.bindings) console.log(row.label.value);
  // end
}
