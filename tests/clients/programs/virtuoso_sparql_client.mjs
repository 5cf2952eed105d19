const [url, task, query] = process.argv.slice(2);
// snippet
import virtuoso from "virtuoso-sparql-client";

const client = new virtuoso.Client(url);
client.setDefaultFormat("application/sparql-results+json"); // it asks for JSON-LD otherwise, which holds no table
// end
if (task === "construct") {
  client.setDefaultFormat("application/ld+json");
  console.log(JSON.stringify(await client.query(query)));
} else if (task === "ask") {
  console.log((await client.query(query)).boolean);
} else {
  // snippet
  const answer = await client.query(query);
  for (const row of answer.results.bindings) console.log(row.label.value);
  // end
}
