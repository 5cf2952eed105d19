const [url, task, query] = process.argv.slice(2);
// snippet
import sparql from "sparql-client-2";

const client = new sparql.SparqlClient(url);
// end
if (task === "construct") {
  const graphs = new sparql.SparqlClient(url, { defaultParameters: { format: "application/ld+json" } });
  console.log(JSON.stringify(await graphs.query(query).execute()));
} else if (task === "ask") {
  console.log((await client.query(query).execute()).boolean);
} else {
  // snippet
  const answer = await client.query(query).execute();
  for (const row of answer.results.bindings) console.log(row.label.value);
  // end
}
