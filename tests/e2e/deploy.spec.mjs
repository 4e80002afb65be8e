// The site moves: into another folder, and from version to version while browsers remember the last one.
import { join } from "node:path";
import { rmSync } from "node:fs";
import { expect, Pgscope, test as base } from "./page.mjs";
import { deployVersion, filesOf, serve } from "./site.mjs";

const test = base.extend({
  // A host with nothing but an empty folder deep within it.
  folder: async ({}, use, info) => {
    const root = info.outputPath("host");
    await use({ root, site: join(root, "some folder/pgscope") });
    rmSync(root, { recursive: true, force: true });
  },
});

test("a new version replaces an old one in a browser that remembers the old one", async ({ page, folder }) => {
  deployVersion(folder.site, 1);
  const host = await serve(folder.root);
  const pgscope = new Pgscope(page, new URL("some%20folder/pgscope/", host.url).href);
  await pgscope.watch();
  const ran = () => page.evaluate(() => ({ versions: globalThis.versions, style: getComputedStyle(document.documentElement).getPropertyValue("--version") }));
  const asked = await askedOfHost(page);

  await pgscope.open();
  const first = await ran();
  expect(new Set(first.versions)).toEqual(new Set([1]));
  expect(first.style).toBe("1");

  // The cache is warm: only what keeps its name is asked for.
  asked.length = 0;
  await page.goto("about:blank");
  await pgscope.open();
  expect(asked.sort()).toEqual(["", "pgscope.js"]);

  const old = filesOf(folder.site);
  deployVersion(folder.site, 2);
  expect(filesOf(folder.site).filter((name) => old.includes(name) && /\.(css|js|wasm)$/.test(name))).toEqual(["pgscope.js"]);
  await page.goto("about:blank");
  await pgscope.open();
  const second = await ran();
  expect(new Set(second.versions)).toEqual(new Set([2]));
  expect(second.style).toBe("2");
  expect(pgscope.complaints).toEqual([]);
  host.stop();
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
