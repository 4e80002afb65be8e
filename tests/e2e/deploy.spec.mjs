// The site moves: into another folder, and from version to version while browsers remember the last one.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, Pgscope, test as base } from "./page.mjs";
import { deployVersion, filesOf, serve } from "./site.mjs";

const test = base.extend({
  // A host with nothing but an empty folder deep within it.
  host: async ({}, use, info) => {
    const root = info.outputPath("host");
    const folder = join(root, "some folder/pgscope");
    mkdirSync(folder, { recursive: true });
    const server = await serve(root);
    await use({ folder, address: new URL("some%20folder/pgscope/", server.url).href });
    server.stop();
    rmSync(root, { recursive: true, force: true });
  },
});

test("a new version replaces an old one in a browser that remembers the old one", async ({ page, host }) => {
  deployVersion(host.folder, 1);
  const pgscope = new Pgscope(page, host.address);
  await pgscope.watch();
  // What an old version would fetch for later is gone when a new one has taken its place.
  await pgscope.stayQuiet();
  // deployVersion makes each script and style sheet tell its version.
  const ran = () =>
    page.evaluate(() => ({
      versions: [...new Set(globalThis.versions)],
      style: getComputedStyle(document.documentElement).getPropertyValue("--version"),
    }));
  const asked = await askedOfHost(page);

  await pgscope.open();
  expect(await ran()).toEqual({ versions: [1], style: "1" });

  // The cache is warm: only what keeps its name is asked for.
  asked.length = 0;
  await page.goto("about:blank");
  await pgscope.open();
  expect(asked.sort()).toEqual(["", "pgscope.js", "query.txt"]);

  const old = filesOf(host.folder);
  deployVersion(host.folder, 2);
  expect(filesOf(host.folder).filter((name) => old.includes(name) && /\.(css|js|wasm)$/.test(name))).toEqual(["pgscope.js"]);
  await page.goto("about:blank");
  await pgscope.open();
  expect(await ran()).toEqual({ versions: [2], style: "2" });
  expect(pgscope.complaints).toEqual([]);
});

/** A list that grows by the name of each file that the browser asks its host for instead of its cache. */
async function askedOfHost(page) {
  const names = [];
  const session = await page.context().newCDPSession(page);
  const requests = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => requests.set(requestId, request.url));
  session.on("Network.requestServedFromCache", ({ requestId }) => requests.delete(requestId));
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const url = requests.get(requestId);
    if (url?.startsWith("http") && !response.fromDiskCache) names.push(url.split("/").pop());
  });
  await session.send("Network.enable");
  return names;
}
