const [url, task, query] = process.argv.slice(2);
// snippet
import ParsingClient from "sparql-http-client/ParsingClient.js";

const client = new ParsingClient({ endpointUrl: url });
// end
if (task === "construct") {
  for (const { subject, predicate, object } of await client.query.construct(query)) {
    const written =
      object.termType === "NamedNode" ? `<${object.value}>` : `${JSON.stringify(object.value)}@${object.language}`;
    console.log(`<${subject.value}> <${predicate.value}> ${written} .`);
  }
} else if (task === "ask") {
  console.log(await client.query.ask(query));
} else {
  // snippet
  for (const row of await client.query.select(query)) console.log(row.label.value);
  // end
}
