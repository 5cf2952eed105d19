const [url, task, query] = process.argv.slice(2);
// snippet
import { QueryEngine } from "@comunica/query-sparql";

const engine = new QueryEngine();
// end
if (task === "construct") {
  const { data } = await engine.resultToString(
    await engine.query(query, { sources: [url] }),
    "application/n-triples",
  );
  for await (const part of data) process.stdout.write(part);
} else if (task === "ask") {
  console.log(await engine.queryBoolean(query, { sources: [url] }));
} else {
  // snippet
  const rows = await engine.queryBindings(query, { sources: [url] });
  for (const row of await rows.toArray()) console.log(row.get("label").value);
  // end
}
