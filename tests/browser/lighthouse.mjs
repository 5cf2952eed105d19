// Judges pages with Lighthouse, one after the other in one browser; writes a line of JSON for each.
// Usage: node lighthouse.mjs BROWSER ADDRESS...; the address of a page may be given again for another run.
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [chromePath, ...addresses] = process.argv.slice(2);
const chrome = await launch({
  chromePath,
  chromeFlags: [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
  ],
});
try {
  for (const address of addresses) {
    const { lhr } = await lighthouse(address, {
      port: chrome.port,
      logLevel: "silent",
      output: "json",
      disableFullPageScreenshot: true,
    });
    const scores = Object.values(lhr.categories).map(({ id, score }) => [id, score === null ? null : Math.round(score * 100)]);
    const failed = Object.values(lhr.categories).flatMap(({ id, auditRefs }) =>
      auditRefs.filter((ref) => ref.weight > 0 && (lhr.audits[ref.id].score ?? 1) < 1).map((ref) => `${id}: ${ref.id} ${lhr.audits[ref.id].displayValue ?? ""}`));
    process.stdout.write(`${JSON.stringify({ address, scores: Object.fromEntries(scores), failed, machine: lhr.environment.benchmarkIndex, problem: lhr.runtimeError?.message ?? "" })}\n`);
  }
} finally {
  chrome.kill();
}
