const [url, task, query] = process.argv.slice(2);
// snippet
import { SparqlEndpointFetcher } from "fetch-sparql-endpoint";

const fetcher = new SparqlEndpointFetcher();
// end
if (task === "construct") {
  for await (const { subject, predicate, object } of await fetcher.fetchTriples(url, query)) {
    const written =
      object.termType === "NamedNode" ? `<${object.value}>` : `${JSON.stringify(object.value)}@${object.language}`;
    console.log(`<${subject.value}> <${predicate.value}> ${written} .`);
  }
} else if (task === "ask") {
  console.log(await fetcher.fetchAsk(url, query));
} else {
  // snippet
  for await (const row of await fetcher.fetchBindings(url, query)) console.log(row.label.value);
  // end
}
