const [url, task, query] = process.argv.slice(2);
// snippet
import { createLens } from "ldkit";

const rdfs = "http://www.w3.org/2000/01/rdf-schema#";
const Study = {
  "@type": "https://w3id.org/cartkg/ontology#Study",
  label: { "@id": `${rdfs}label`, "@multilang": true },
};
const studies = createLens(Study, { sources: [url], language: "en" });
// end
if (task === "select") {
  // snippet
  for (const study of await studies.find()) console.log(study.label.en);
  // end
} else {
  console.log(await studies.query(query));
}
