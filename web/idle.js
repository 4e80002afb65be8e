// What a page fetches that was left alone, so that it is whole without a network: its own parts (crates/ui/src/later.rs), the
// simulator, and all texts, with low priority. What could not come is told when it is wanted.

async function rest() {
  dispatchEvent(new Event("pgscopeidle"));
  await globalThis.pgscopeSimulator();
  const names = await globalThis.pgscopeText("./rest.txt", "low");
  for (const name of names.split("\n").filter(Boolean)) await globalThis.pgscopeText(name, "low");
  // The script of the engine's own thread: the browser keeps it.
  await globalThis.pgscopeText(document.querySelector("[data-worker]").dataset.worker, "low");
}

(globalThis.requestIdleCallback ?? setTimeout)(() => rest().catch(() => {}));
